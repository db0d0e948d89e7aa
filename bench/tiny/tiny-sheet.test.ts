import { expect, it } from "vitest";
import type { ImagePair } from "./tiny-score.ts";
import { contactSheet } from "./tiny-sheet.ts";

const image = (value: number) => ({ width: 2, height: 1, data: new Uint8Array(6).fill(value) });
const pair = (generated: number, reference: number) =>
  ({ generated: image(generated), reference: image(reference) }) as ImagePair;

it("puts generated over training images, twelve in a row, and begins a row for each list", () => {
  const many = Array.from({ length: 13 }, (_, i) => pair(i, 100 + i));
  const { width, height, data } = contactSheet([many, [pair(50, 150)]]);
  // Twelve of 2 pixels and a gap of 2; three pairs of rows of 1 pixel.
  expect([width, height]).toEqual([12 * 4 + 2, 6 * 3 + 2]);
  const at = (column: number, row: number) => data[((2 + row * 3) * width + 2 + column * 4) * 3];
  expect([at(0, 0), at(11, 0), at(0, 1)]).toEqual([0, 11, 100]);
  // Nothing stands in a thirteenth column, which would be the gap before the next row of pixels.
  expect(at(12, 0)).toBe(200);
  expect([at(0, 2), at(0, 3), at(1, 2)]).toEqual([12, 112, 200]);
  expect([at(0, 4), at(0, 5)]).toEqual([50, 150]);
});

it("has nothing to show without a pair", () => {
  expect(() => contactSheet([[]])).toThrow("no images");
});
