import type { CatalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { largestToFollow, sizeToDraw } from "../../../shared/request/size/size-to-draw.ts";
import type { StoredPhoto } from "../photos/fetch-photo.ts";
import type { CropBox } from "./detail-box.ts";
import { drawsNoPixel, type Shot } from "./shots.ts";

/** A shot of one product, with its method settled. */
export interface ShotOfProduct {
  readonly shot: Shot & { readonly width: number; readonly height: number };
  readonly prompt: string;
  readonly negative: string;
  /** Lines that the image should show. */
  readonly text?: readonly string[];
  readonly seed: number;
  /** For all methods but draw. */
  readonly photo?: Pick<StoredPhoto, "fileId"> | undefined;
  /** For keep_product: the part of the photo that is background, in white. */
  readonly mask?: Pick<StoredPhoto, "fileId"> | undefined;
  /** Part of the photo, for crop. */
  readonly box?: CropBox | undefined;
}

/** The body of `POST /v1/jobs` that makes the image. */
export function shotRequest(
  { shot, prompt, negative, text = [], seed, photo, mask, box }: ShotOfProduct,
  model: CatalogModel,
): { readonly [field: string]: unknown } {
  const { n, steps, guidance, strength, format, quality, method, product, finish } = shot;
  const { size, finished } = sizesOf(shot, model);
  const finishing = { ...finish, ...(finished !== undefined && { size: finished }) };
  return {
    model: model.id,
    prompt,
    ...(negative !== "" && { negative_prompt: negative }),
    size,
    n,
    seed,
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    ...(method !== "draw" && photo && { image: photo.fileId }),
    ...(method === "restyle" && photo && strength !== undefined && { strength }),
    ...(method === "keep_product" && { product: product ?? {}, ...(mask && { mask: mask.fileId }) }),
    ...(method === "crop" && { crop: box }),
    ...(Object.keys(finishing).length > 0 && { finish: finishing }),
    checks: text.length > 0 ? { text } : {},
    // A shop's customers need not read the prompt; the manifest has it.
    output: { format, parameters: false, ...(quality !== undefined && { quality }) },
  };
}

/**
 * A shot's size is that of its file. What is kept of a photo may be finished at a larger size than the model draws, and
 * at one that is no multiple of 16; what is drawn altogether is drawn at its size.
 */
function sizesOf(
  shot: ShotOfProduct["shot"],
  { defaultWidth, defaultHeight, limits }: CatalogModel,
): { readonly size: string; readonly finished?: string } {
  const { width, height, method } = shot;
  const wanted = `${width}x${height}`;
  if (method === "draw" || method === "restyle") return { size: wanted };
  const most = Math.min(limits.maxPixels, largestToFollow(defaultWidth, defaultHeight));
  const drawn = drawsNoPixel(shot)
    ? sizeToDraw({ width, height })
    : sizeToDraw({ width, height }, most, limits.maxSide);
  const size = `${drawn.width}x${drawn.height}`;
  return size === wanted ? { size } : { size, finished: wanted };
}
