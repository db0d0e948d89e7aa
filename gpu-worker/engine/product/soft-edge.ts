import type { RgbaImage } from "../../pipeline/image.ts";
import type { Rgb } from "./plain-background.ts";

/** How far inside the product its own colour is looked for. */
const reach = 2;
/** Share of product from which a pixel is one, and levels by which a mixture may differ from what is expected of it. */
const [pure, mixtureTolerance] = [0.9, 16];

/**
 * The product with a soft edge: its outermost pixels may be a mixture of product and background, and would carry the
 * old background onto a new one. Where a pixel is the mixture of the purest colour next to it with the background, it
 * becomes that colour, with its share as alpha. All other pixels of the product stay as they are, opaque.
 * @param product - `[H, W]`, 1 for product
 */
export function softEdge({ data, width, height }: RgbaImage, product: Uint8Array, background: Rgb): RgbaImage {
  const cut = new Uint8Array(data.length);
  const contrast = (at: number) => Math.hypot(...background.map((level, c) => data[4 * at + c]! - level));
  const isMixture = (at: number, of: number, share: number) =>
    background.every((level, c) => {
      const expected = level + share * (data[4 * of + c]! - level);
      return Math.abs(data[4 * at + c]! - expected) <= mixtureTolerance;
    });
  for (let at = 0; at < product.length; at++) {
    if (product[at] !== 1) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    let purest = at;
    let share = 1;
    if (isOutermost(product, x, y, { width, height })) {
      let most = contrast(at);
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
          const near = v * width + u;
          if (product[near] !== 1) continue;
          const found = contrast(near);
          if (found > most) [purest, most] = [near, found];
        }
      }
      share = most === 0 ? 1 : contrast(at) / most;
      if (share >= pure || !isMixture(at, purest, share)) [purest, share] = [at, 1];
    }
    for (let c = 0; c < 3; c++) cut[4 * at + c] = data[4 * purest + c]!;
    cut[4 * at + 3] = Math.round(255 * share);
  }
  return { data: cut, width, height };
}

/** Whether a neighbour is background; what lies outside the photo is not. */
function isOutermost(
  product: Uint8Array,
  x: number,
  y: number,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      if (product[v * width + u] !== 1) return true;
    }
  }
  return false;
}
