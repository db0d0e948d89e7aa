import sharp from "sharp";
import type { ImageChecks } from "../../../shared/job.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { isFlat } from "../images/is-flat.ts";

/** Width of the frame that is looked at, as a share of the shorter side. */
const frameShare = 0.02;
/** Levels of every channel from which a pixel looks white. */
const nearWhite = 245;
/** Longest side in pixels of the image that sharpness is measured on, so that sizes can be compared. */
const sharpnessSide = 512;

type MeasuredChecks = Pick<ImageChecks, "borderWhiteExact" | "borderWhite" | "fill" | "sharpness" | "flat" | "dhash">;

/**
 * Numbers about a finished image. They say what is there, and leave to people what it is good for.
 * @param fill - known of a placed product; else that of all that is not near white
 */
export async function checkImage(image: RgbImage, fill?: number): Promise<MeasuredChecks> {
  const border = borderWhite(image);
  return {
    borderWhiteExact: rounded(border.exact, 4),
    borderWhite: rounded(border.near, 4),
    fill: rounded(fill ?? contentFill(image), 4),
    sharpness: rounded(await sharpness(image), 1),
    flat: isFlat(image),
    dhash: await differenceHash(image),
  };
}

/** Shares of the frame's pixels that are exactly white, and that look white. */
export function borderWhite({ data, width, height }: RgbImage): { readonly exact: number; readonly near: number } {
  const frame = Math.max(1, Math.round(frameShare * Math.min(width, height)));
  let [count, exact, near] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    const isEdge = y < frame || y >= height - frame;
    for (let x = 0; x < width; x++) {
      if (!isEdge && x === frame) x = Math.max(x, width - frame);
      const i = 3 * (y * width + x);
      const darkest = Math.min(data[i]!, data[i + 1]!, data[i + 2]!);
      count++;
      if (darkest === 255) exact++;
      if (darkest >= nearWhite) near++;
    }
  }
  return { exact: exact / count, near: near / count };
}

/** Share of the canvas that the longer side of what is not near white takes, 0..1. */
export function contentFill({ data, width, height }: RgbImage): number {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 3 * (y * width + x);
      if (Math.min(data[i]!, data[i + 1]!, data[i + 2]!) >= nearWhite) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? 0 : Math.max((right - left + 1) / width, (bottom - top + 1) / height);
}

/** Variance of the Laplacian of the gray image, shrunk to at most 512 pixels: low where nothing has an edge. */
async function sharpness(image: RgbImage): Promise<number> {
  const { data, info } = await gray(image)
    .resize(sharpnessSide, sharpnessSide, { fit: "inside", withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (width < 3 || height < 3) return 0;
  let [sum, squares] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const value = data[at - width]! + data[at + width]! + data[at - 1]! + data[at + 1]! - 4 * data[at]!;
      sum += value;
      squares += value * value;
    }
  }
  const count = (width - 2) * (height - 2);
  return squares / count - (sum / count) ** 2;
}

/**
 * Difference hash: of a 9 × 8 gray image, a bit for each pixel that is darker than its right neighbour, in rows. Images
 * that look alike differ in few of the 64 bits.
 * @returns 16 hex digits
 */
export async function differenceHash(image: RgbImage): Promise<string> {
  const { data } = await gray(image).resize(9, 8, { fit: "fill" }).raw().toBuffer({ resolveWithObject: true });
  let bits = 0n;
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) bits = (bits << 1n) | (data[9 * y + x]! < data[9 * y + x + 1]! ? 1n : 0n);
  }
  return bits.toString(16).padStart(16, "0");
}

function gray({ data, width, height }: RgbImage) {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .grayscale()
    .toColourspace("b-w");
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
