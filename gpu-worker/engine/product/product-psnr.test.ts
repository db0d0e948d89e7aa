import { expect, it } from "vitest";
import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";
import { identicalPsnr, productPsnr } from "./product-psnr.ts";

/** 9 × 9 with a product of 7 × 7 in the middle: without its outermost two pixels, 3 × 3 are compared. */
const product: RgbaImage = (() => {
  const data = new Uint8Array(4 * 81);
  for (let y = 1; y < 8; y++) for (let x = 1; x < 8; x++) data.set([50, 50, 50, 255], 4 * (9 * y + x));
  return { data, width: 9, height: 9 };
})();

function image(changes: readonly (readonly [x: number, y: number, level: number])[] = []): RgbImage {
  const data = new Uint8Array(3 * 81).fill(50);
  for (const [x, y, level] of changes) data.fill(level, 3 * (9 * y + x), 3 * (9 * y + x) + 3);
  return { data, width: 9, height: 9 };
}

it.each([
  ["nothing differs", [], identicalPsnr],
  ["only what is at the edge differs", [[2, 4, 255]], identicalPsnr],
  // One of 9 pixels by 9 levels: mean square 81 / 9 = 9, 10·log10(65025 / 9) = 38.59.
  ["one pixel of nine differs by 9 levels", [[4, 4, 59]], 38.588],
] as const)("%s", (_, changes, expected) => {
  expect(productPsnr(image(changes), product)).toBeCloseTo(expected, 3);
});

it("compares all of a product that is thinner than what is left out", () => {
  const thin = { ...product, data: product.data.slice() };
  for (let at = 0; at < 81; at++) if (at % 9 !== 4) thin.data[4 * at + 3] = 0;
  expect(productPsnr(image([[4, 4, 59]]), thin)).toBeLessThan(40);
});
