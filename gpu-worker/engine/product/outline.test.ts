import { expect, it } from "vitest";
import type { RgbaImage } from "../../pipeline/image.ts";
import { edgesIn, outlineOf } from "./outline.ts";

/** A photo of one row's levels, repeated. */
function photoOf(levels: readonly number[], height: number): RgbaImage {
  const row = levels.flatMap((level) => [level, level, level, 255]);
  return { data: Uint8Array.from(Array.from({ length: height }, () => row).flat()), width: levels.length, height };
}

const repeated = (level: number, count: number) => new Array<number>(count).fill(level);

it.each([
  ["a hard edge", [...repeated(255, 5), ...repeated(100, 5)], 0],
  ["a soft edge", [...repeated(255, 4), 250, 240, 232, ...repeated(230, 3)], 0],
  ["an edge that is hardly there", [...repeated(255, 5), ...repeated(240, 5)], 3],
] as const)("counts what is weak of an outline: %s", (_, levels, weak) => {
  // Product is the right half of three rows.
  const product = Uint8Array.from({ length: 30 }, (_, at) => (at % 10 >= 5 ? 1 : 0));
  expect(outlineOf(photoOf(levels, 3), product)).toEqual({ length: 3, weak });
});

it.each([
  ["nothing in it", repeated(250, 48), 0],
  // Eight rows are two rows of blocks, and the edge crosses each of them: at two places, four pixels each.
  ["a pale product's edge", [...repeated(255, 24), ...repeated(247, 24)], 16],
  ["a shadow", Array.from({ length: 48 }, (_, x) => 255 - Math.round((x * x) / 40)), 0],
] as const)("finds edges in a background with %s", (_, levels, expected) => {
  expect(edgesIn(photoOf(levels, 8), new Uint8Array(48 * 8).fill(1))).toBe(expected);
});

it("does not take the edge of what is no background for one", () => {
  const background = Uint8Array.from({ length: 48 * 8 }, (_, at) => (at % 48 < 24 ? 1 : 0));
  expect(edgesIn(photoOf([...repeated(255, 24), ...repeated(100, 24)], 8), background)).toBe(0);
});
