import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";

/** Levels of a pixel's darkest channel from which it is background, and from which it becomes white altogether. */
const [palest, white] = [215, 240];
/** Levels by which the channels of a white background differ at most. */
const tint = 12;

/**
 * An almost white background becomes exactly white, as far as it reaches from the border: pixels of 240 and more are
 * 255 then, and those down to 215 are lifted by and by, so that a shadow has no edge. The product is not touched, nor
 * is anything that the background does not reach.
 * @param product - of the same size; where its alpha is above 0 nothing is changed
 */
export function pureWhite({ data, width, height }: RgbImage, product?: RgbaImage): RgbImage {
  const whitened = data.slice();
  const seen = new Uint8Array(width * height);
  const waiting = new Int32Array(width * height);
  let count = 0;
  const visit = (at: number) => {
    if (seen[at] === 1 || (product?.data[4 * at + 3] ?? 0) > 0) return;
    const [red, green, blue] = [data[3 * at]!, data[3 * at + 1]!, data[3 * at + 2]!];
    const darkest = Math.min(red, green, blue);
    if (darkest < palest || Math.max(red, green, blue) - darkest > tint) return;
    seen[at] = 1;
    waiting[count++] = at;
    const share = Math.min(1, (darkest - palest) / (white - palest));
    for (let c = 0; c < 3; c++)
      whitened[3 * at + c] = Math.round(data[3 * at + c]! + share * (255 - data[3 * at + c]!));
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) visit(y * width + x);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) visit(y * width + x);
  while (count > 0) {
    const at = waiting[--count]!;
    const x = at % width;
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    if (at >= width) visit(at - width);
    if (at + width < seen.length) visit(at + width);
  }
  return { data: whitened, width, height };
}
