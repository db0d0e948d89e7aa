import sharp from "sharp";
import type { ImageChecks } from "../../../shared/job.ts";
import { sizeOfText } from "../../../shared/request/product-rules.ts";
import type { GenerateParams } from "../../engine.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import type { ImageTexts } from "../../provenance/image-texts.ts";
import { defaultQuality, encodeImageFile } from "../images/encode-image-file.ts";
import type { CanvasProduct } from "../product/canvas-product.ts";
import { checkImage } from "./check-image.ts";
import { encodeToLimits } from "./encode-to-limits.ts";
import { pureWhite } from "./pure-white.ts";
import { type MarkCorner, withoutBox, writeVisibleMark } from "./visible-mark.ts";

interface FinishedImage {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly checks?: ImageChecks;
}

interface FinishTools {
  readonly product?: CanvasProduct | undefined;
  /** Where the image says that it is generated. @default nowhere */
  readonly visibleMark?: MarkCorner | undefined;
  /** Puts an invisible mark into an image. @default none */
  readonly watermark?: ((image: RgbImage) => Promise<RgbImage>) | undefined;
  /** Puts the kept part into an image of any size. */
  putBack(image: RgbImage): Promise<RgbImage>;
  /** What the file says of a finished image. */
  texts(image: RgbImage): ImageTexts | undefined;
}

/** Quality from which the search for a byte limit begins in PNG, which has none. */
const noQuality = 100;

/** The size of the finished file, for an image that is drawn at `size`. */
export function finishedSize({ width, height, finish }: Pick<GenerateParams, "width" | "height" | "finish">) {
  return finish?.size === undefined ? { width, height } : sizeOfText(finish.size);
}

/**
 * From the drawn image to its file: size, what is kept put back at that size, pure white, format within its limits,
 * checks. White comes after the size, because interpolation beside an edge would spoil it again.
 *
 * @throws PipelineError `max_bytes_exceeded`, `product_changed`
 */
export async function finishImage(
  drawn: RgbImage,
  { format, quality, finish, checks, crop }: GenerateParams,
  { product, visibleMark, watermark, putBack, texts }: FinishTools,
): Promise<FinishedImage> {
  let image = drawn;
  if (finish?.size !== undefined) {
    const size = sizeOfText(finish.size);
    if (size.width !== image.width || size.height !== image.height) image = await putBack(await resized(image, size));
  }
  // What is kept is kept to the pixel, and what is to be exactly white stays so.
  if (watermark !== undefined && !finish?.pure_white) image = await putBack(await watermark(image));
  const placed = await product?.placedAt(image);
  if (finish?.pure_white) image = pureWhite(image, placed?.image);
  let kept = placed?.image;
  if (visibleMark !== undefined) {
    const marked = await writeVisibleMark(image, visibleMark);
    image = marked.image;
    kept &&= withoutBox(kept, marked.box);
  }
  const { width, height } = image;
  const isMeasured = checks !== undefined || crop !== undefined || product !== undefined;
  if (!isMeasured && finish?.max_bytes === undefined) {
    return { bytes: await encodeImageFile(image, format, { quality, texts: texts(image) }), width, height };
  }
  const encoded = await encodeToLimits(image, {
    format,
    quality: format === "png" ? noQuality : (quality ?? defaultQuality[format]),
    maxBytes: finish?.max_bytes,
    product: kept,
    texts: texts(image),
  });
  const { bytes, decoded, productPsnr } = encoded;
  if (!isMeasured) return { bytes, width, height };
  const fill = placed && Math.max(placed.box.width / width, placed.box.height / height);
  const measured = await checkImage(decoded, fill);
  return {
    bytes,
    width,
    height,
    checks: {
      ...measured,
      ...(encoded.quality !== undefined && { quality: Math.min(encoded.quality, 100) }),
      ...(product && placed && { cutOut: product.by, productScale: Math.round(placed.scale * 1000) / 1000 }),
      // Rounded down: what is said to be 45 is 45.
      ...(productPsnr !== undefined && { productPsnr: Math.floor(productPsnr * 10) / 10 }),
    },
  };
}

async function resized({ data, width, height }: RgbImage, size: { width: number; height: number }): Promise<RgbImage> {
  const raw = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
  return { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), ...size };
}
