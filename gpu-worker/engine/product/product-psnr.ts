import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";

/** Of two equal images: JSON has no infinity. */
export const identicalPsnr = 100;
/** What lies this close to the product's edge is mixed with its surroundings by resampling and compression. */
const erosion = 2;

/**
 * Peak signal-to-noise ratio in dB of the product in an image against the product that was placed there: over its solid
 * pixels, without the outermost two. A product too thin to have any others is compared as a whole.
 */
export function productPsnr({ data }: RgbImage, product: RgbaImage): number {
  const inner = innerPixels(product);
  let [sum, count] = [0, 0];
  for (let at = 0; at < inner.length; at++) {
    if (inner[at] !== 1) continue;
    count++;
    for (let c = 0; c < 3; c++) sum += (data[3 * at + c]! - product.data[4 * at + c]!) ** 2;
  }
  if (sum === 0) return identicalPsnr;
  return Math.min(identicalPsnr, 10 * Math.log10((255 ** 2 * 3 * count) / sum));
}

/** @returns `[H, W]`, 1 for pixels that are compared */
function innerPixels({ data, width, height }: RgbaImage): Uint8Array {
  const solid = new Uint8Array(width * height);
  for (let at = 0; at < solid.length; at++) solid[at] = data[4 * at + 3] === 255 ? 1 : 0;
  const alongRows = eroded(solid, { lines: height, length: width, step: 1, stride: width });
  const inner = eroded(alongRows, { lines: width, length: height, step: width, stride: 1 });
  return inner.includes(1) ? inner : solid;
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** From a value of a line to the next, and from a line to the next. */
  readonly step: number;
  readonly stride: number;
}

/** 1 where all values of the line within `erosion` are 1; what lies outside the canvas is 1. */
function eroded(values: Uint8Array, { lines, length, step, stride }: Lines): Uint8Array {
  const left = new Uint8Array(values.length);
  for (let line = 0; line < lines; line++) {
    let lastEmpty = -erosion - 1;
    for (let i = 0; i < length + erosion; i++) {
      if (i < length && values[line * stride + i * step] === 0) lastEmpty = i;
      const middle = i - erosion;
      if (middle >= 0 && middle < length && lastEmpty < middle - erosion) left[line * stride + middle * step] = 1;
    }
  }
  return left;
}
