import type { GrayImage } from "../../pipeline/image.ts";

/** Against rounding in the ends of an interval. */
const epsilon = 1e-6;

/**
 * A mask at another size, each pixel the largest level of those that it covers, in part or whole: what is marked stays
 * marked, however small, and a pixel is kept where all that it covers is. What does not fit the proportions is cut off
 * evenly.
 */
export function largestMarks(mask: GrayImage, { width, height }: { width: number; height: number }): GrayImage {
  const scale = Math.max(width / mask.width, height / mask.height);
  const columns = intervals(mask.width, width, scale);
  const rows = intervals(mask.height, height, scale);
  const narrow = new Uint8Array(width * mask.height);
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = columns[x]!;
      let largest = 0;
      for (let at = y * mask.width + from; at < y * mask.width + to; at++) largest = Math.max(largest, mask.data[at]!);
      narrow[y * width + x] = largest;
    }
  }
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [from, to] = rows[y]!;
    for (let row = from; row < to; row++) {
      for (let x = 0; x < width; x++) {
        data[y * width + x] = Math.max(data[y * width + x]!, narrow[row * width + x]!);
      }
    }
  }
  return { data, width, height };
}

/** First and past-last pixel of `size` that each of `count` covers. */
function intervals(size: number, count: number, scale: number): [number, number][] {
  const cut = (size - count / scale) / 2;
  return Array.from({ length: count }, (_, i) => [
    Math.max(0, Math.floor(cut + i / scale + epsilon)),
    Math.min(size, Math.ceil(cut + (i + 1) / scale - epsilon)),
  ]);
}
