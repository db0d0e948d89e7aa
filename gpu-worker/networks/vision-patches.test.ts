import { expect, it } from "vitest";
import { imagePatches, patchGrid, resizePositions } from "./vision-patches.ts";

const image = (width: number, height: number, level: (x: number, y: number, channel: number) => number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    level(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3),
  ),
});

// By hand: a square fills the limit exactly; at 2:1 the grid 22 × 11 = 242 fits 256 and 23 × 12 = 276 does not.
it.each([
  [256, 256, 16, 256, { rows: 16, columns: 16 }],
  [512, 256, 16, 256, { rows: 11, columns: 22 }],
  [16, 4096, 16, 4, { rows: 4, columns: 1 }],
])("cuts %d×%d into patches of %d, at most %d", (width, height, patchSize, maxPatches, grid) => {
  expect(
    patchGrid(
      image(width, height, () => 0),
      patchSize,
      maxPatches,
    ),
  ).toEqual(grid);
});

it("lists patches row by row, pixels row by row in each, and channels fastest, in −1..1", () => {
  // 4×2 pixels, patches of 2: red counts the pixels, green is dark, blue is bright.
  const pixels = image(4, 2, (x, y, channel) => [x + 4 * y, 0, 255][channel]!);
  const patches = imagePatches(pixels, { rows: 1, columns: 2 }, 2);
  const red = (at: number) => Math.round((patches[3 * at]! + 1) * 127.5);
  expect(Array.from({ length: 8 }, (_, at) => red(at))).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
  expect([patches[1], patches[2]]).toEqual([-1, 1]);
});

it("averages what it shrinks to half, rounding a half up as the reference does", () => {
  // Linear interpolation to half the size takes four neighbours as 1, 3, 3, 1 eighths; the outer windows are cut off.
  const levels = [0, 8, 16, 24];
  const patches = imagePatches(
    image(4, 4, (x) => levels[x]!),
    { rows: 1, columns: 1 },
    2,
  );
  const left = Math.round((patches[0]! + 1) * 127.5);
  expect(left).toBe(Math.floor((3 * 0 + 3 * 8 + 1 * 16) / 7 + 0.5));
});

it("leaves positions alone that have the size of the grid, and interpolates others between their neighbours", () => {
  const table = Float32Array.of(0, 10, 20, 30); // side 2, one value each
  expect([...resizePositions(table, 2, { rows: 2, columns: 2 })]).toEqual([0, 10, 20, 30]);
  expect([...resizePositions(table, 2, { rows: 2, columns: 4 })]).toEqual([0, 2.5, 7.5, 10, 20, 22.5, 27.5, 30]);
});
