import sharp from "sharp";
import { PipelineError } from "../../../shared/errors.ts";
import type { ImageFormat } from "../../../shared/job.ts";
import { minProductPsnr } from "../../../shared/limits.ts";
import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";
import type { ImageTexts } from "../../provenance/image-texts.ts";
import { encodeImageFile } from "../images/encode-image-file.ts";
import { productPsnr } from "../product/product-psnr.ts";

interface EncodeLimits {
  readonly format: ImageFormat;
  /** 1..100, of a lossy format. */
  readonly quality: number;
  readonly maxBytes?: number | undefined;
  /** The product that the file has to keep, where it was placed. */
  readonly product?: RgbaImage | undefined;
  /** Written into the file. */
  readonly texts?: ImageTexts | undefined;
}

interface EncodedImage {
  readonly bytes: Uint8Array;
  /** Pixels as a reader of the file sees them. */
  readonly decoded: RgbImage;
  /** That was used: 1..100, or 101 where the format has a lossless form and needed it. Absent for PNG. */
  readonly quality?: number;
  readonly productPsnr?: number;
}

/** Below this a smaller file is not worth its looks. */
const lowestQuality = 60;
/** Tried in turn where a product needs a better file than was asked for. */
const better = [93, 95, 97, 98, 99, 100];
const lossless = 101;

/**
 * The image as a file within its limits. A product raises the quality until `product_psnr` is 45 dB, measured on the
 * file; a byte limit lowers it down to 60.
 * @throws PipelineError `max_bytes_exceeded`, `product_changed`
 */
export async function encodeToLimits(image: RgbImage, limits: EncodeLimits): Promise<EncodedImage> {
  const { format, quality, maxBytes = Number.POSITIVE_INFINITY, product } = limits;
  const keepsProduct = ({ productPsnr: psnr = minProductPsnr }: EncodedImage) => psnr >= minProductPsnr;
  const encode = (at: number) => encodeAt(image, at, limits);
  const tries = format === "png" ? [quality] : [quality, ...(product ? qualitiesAbove(quality, format) : [])];
  let found: EncodedImage | undefined;
  for (const at of tries) {
    found = await encode(at);
    if (keepsProduct(found)) break;
  }
  if (!keepsProduct(found!)) {
    const message =
      `the product in the finished ${format} file differs from its photo by more than ${minProductPsnr} dB ` +
      `(${found!.productPsnr!.toFixed(1)} dB); choose another format, png for example`;
    throw new PipelineError("product_changed", message);
  }
  if (found!.bytes.length <= maxBytes) return found!;
  const smaller = format === "png" ? undefined : await largestWithin(maxBytes, quality - 1, encode);
  if (smaller !== undefined && keepsProduct(smaller)) return smaller;
  throw tooLarge(found!, { ...limits, maxBytes });
}

/** The best quality, from 60 to `highest`, whose file has at most so many bytes: they rise with it. */
async function largestWithin(
  maxBytes: number,
  highest: number,
  encode: (quality: number) => Promise<EncodedImage>,
): Promise<EncodedImage | undefined> {
  let best: EncodedImage | undefined;
  let [low, high] = [lowestQuality, highest];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const tried = await encode(middle);
    if (tried.bytes.length <= maxBytes) {
      best = tried;
      low = middle + 1;
    } else high = middle - 1;
  }
  return best;
}

function qualitiesAbove(quality: number, format: ImageFormat): number[] {
  // JPEG has no lossless form.
  return [...better, ...(format === "jpeg" ? [] : [lossless])].filter((each) => each > quality);
}

async function encodeAt(image: RgbImage, wanted: number, limits: EncodeLimits): Promise<EncodedImage> {
  const { format, product, texts } = limits;
  if (format === "png") {
    const bytes = await encodeImageFile(image, format, { texts });
    return { bytes, decoded: image, ...(product && { productPsnr: productPsnr(image, product) }) };
  }
  const quality = Math.min(wanted, 100);
  const options = { quality, texts, fullChroma: product !== undefined, lossless: wanted === lossless };
  const bytes = await encodeImageFile(image, format, options);
  const decoded = await decodeRgb(bytes);
  return { bytes, decoded, quality: wanted, ...(product && { productPsnr: productPsnr(decoded, product) }) };
}

async function decodeRgb(bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
  };
}

function tooLarge({ bytes, quality }: EncodedImage, { format, maxBytes, product }: EncodeLimits): PipelineError {
  const why = product ? `, with the product kept to ${minProductPsnr} dB` : "";
  const at = quality === undefined ? "" : ` at quality ${Math.min(quality, 100)}`;
  const message =
    `the ${format} file has ${bytes.length} bytes${at}, more than finish.max_bytes ${maxBytes} at any quality from ` +
    `${lowestQuality}${why}; raise max_bytes, choose a smaller finish.size, or another format`;
  return new PipelineError("max_bytes_exceeded", message, { param: "finish.max_bytes" });
}
