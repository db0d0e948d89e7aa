import { expect, it } from "vitest";
import type { RgbaImage } from "../../pipeline/image.ts";
import { softEdge } from "./soft-edge.ts";

const background = [255, 255, 255] as const;
type Level = readonly [number, number, number];

/** One row of a product, between two columns of background. */
function edgeOf(...pixels: readonly Level[]): number[][] {
  const row = [background, ...pixels, background];
  const data = Uint8Array.from([...row, ...row, ...row].flatMap((level) => [...level, 255]));
  const image: RgbaImage = { data, width: row.length, height: 3 };
  const product = Uint8Array.from({ length: 3 * row.length }, (_, at) => {
    const x = at % row.length;
    return x > 0 && x < row.length - 1 ? 1 : 0;
  });
  const cut = softEdge(image, product, background);
  const at = (x: number) => [...cut.data.subarray(4 * (row.length + x), 4 * (row.length + x) + 4)];
  expect(at(0)).toEqual([0, 0, 0, 0]);
  return pixels.map((_, x) => at(x + 1));
}
const red: Level = [200, 20, 20];

it("gives an outermost mixture the product's own colour, with its share as alpha", () => {
  // 60 % of red over white: 0.6 · 200 + 0.4 · 255 = 222, 0.6 · 20 + 0.4 · 255 = 114.
  expect(edgeOf([222, 114, 114], red, red, red)).toEqual([
    [200, 20, 20, 153],
    [200, 20, 20, 255],
    [200, 20, 20, 255],
    [200, 20, 20, 255],
  ]);
});

it("leaves outermost pixels as they are that are nearly pure, or no mixture", () => {
  const nearly: Level = [204, 37, 37]; // 93 % of red
  expect(edgeOf(nearly, red, red)[0]).toEqual([...nearly, 255]);
  const green: Level = [60, 180, 60];
  expect(edgeOf(green, red, red)[0]).toEqual([...green, 255]);
});

it("changes no pixel inside of the product, however it is mixed", () => {
  const mixed: Level = [222, 114, 114];
  expect(edgeOf(red, red, mixed, red, red)[2]).toEqual([...mixed, 255]);
});

it("keeps a product in the colour of its background opaque", () => {
  expect(edgeOf(background, background)).toEqual([
    [255, 255, 255, 255],
    [255, 255, 255, 255],
  ]);
});
