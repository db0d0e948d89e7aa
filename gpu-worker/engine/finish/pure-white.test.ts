import { expect, it } from "vitest";
import type { RgbImage } from "../../pipeline/image.ts";
import { pureWhite } from "./pure-white.ts";

function image(rows: readonly (readonly number[])[]): RgbImage {
  const width = rows[0]!.length;
  return { data: Uint8Array.from(rows.flat().flatMap((level) => [level, level, level])), width, height: rows.length };
}

function levels({ data, width, height }: RgbImage): number[][] {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => data[3 * (y * width + x)]!));
}

it("makes what is almost white from the border on exactly white, and lifts a shadow by and by", () => {
  // 220 is a fifth of the way from 215 to 240: 220 + 0.2 · 35 = 227; 230 is three fifths: 230 + 0.6 · 25 = 245.
  const whitened = pureWhite(image([[250, 240, 230, 220, 214, 100, 250]]));
  expect(levels(whitened)).toEqual([[255, 255, 245, 227, 214, 100, 255]]);
});

it("leaves alone what the background does not reach, and what has a colour", () => {
  const enclosed = [
    [250, 250, 250, 250, 250],
    [250, 90, 90, 90, 250],
    [250, 90, 250, 90, 250],
    [250, 90, 90, 90, 250],
    [250, 250, 250, 250, 250],
  ];
  const expected = enclosed.map((row) => row.map((level) => (level === 250 ? 255 : level)));
  expected[2]![2] = 250;
  expect(levels(pureWhite(image(enclosed)))).toEqual(expected);
  const cream = { data: Uint8Array.of(255, 250, 235), width: 1, height: 1 };
  expect(pureWhite(cream).data).toEqual(cream.data);
});

it("does not touch the product, however pale it is", () => {
  const product = {
    data: Uint8Array.from([0, 0, 255, 102, 0].flatMap((alpha) => [250, 250, 250, alpha])),
    width: 5,
    height: 1,
  };
  expect(levels(pureWhite(image([[250, 250, 250, 250, 250]]), product))).toEqual([[255, 255, 250, 250, 255]]);
});
