import { expect, it } from "vitest";
import { keepPixels } from "./keep-pixels.ts";

const gray = (level: number, pixels: number) => new Uint8Array(3 * pixels).fill(level);

/** One channel of a one-row image: the original is 0, the drawn one 100, so a value is the drawn share in percent. */
function row(mask: readonly number[], seam: number): number[] {
  const size = { width: mask.length, height: 1 };
  const { data } = keepPixels(
    { data: gray(100, mask.length), ...size },
    { data: gray(0, mask.length), ...size },
    { data: Uint8Array.from(mask), ...size },
    seam,
  );
  return mask.map((_, x) => data[3 * x]!);
}

const drawn = (pixels: number) => new Array<number>(pixels).fill(255);
const kept = (pixels: number) => new Array<number>(pixels).fill(0);

it("keeps what the mask keeps and draws what it marks", () => {
  expect(row([...kept(3), ...drawn(3)], 0)).toEqual([0, 0, 0, 100, 100, 100]);
});

it("mixes by the level of a soft mask", () => {
  expect(row([0, 51, 102, 255], 0)).toEqual([0, 20, 40, 100]);
});

it("fades over the seam, inside the drawn part, and not at the edge of the image", () => {
  expect(row([...kept(2), ...drawn(6)], 4)).toEqual([0, 0, 20, 40, 60, 80, 100, 100]);
});

it.each([
  [1, [0, 100, 0]],
  [2, [0, 100, 100, 0]],
  [4, [0, 50, 100, 100, 50, 0]],
])("draws the middle of a stroke of %d pixels in full", (width, expected) => {
  expect(row([0, ...drawn(width), 0], 4)).toEqual(expected);
});

it("measures the seam in rows and columns alike", () => {
  const size = { width: 7, height: 7 };
  const mask = new Uint8Array(49).fill(255);
  mask[0] = 0;
  const { data } = keepPixels(
    { data: gray(100, 49), ...size },
    { data: gray(0, 49), ...size },
    { data: mask, ...size },
    4,
  );
  const at = (x: number, y: number) => data[3 * (7 * y + x)];
  expect([at(0, 0), at(1, 0), at(0, 1), at(1, 1), at(3, 2), at(6, 6)]).toEqual([0, 20, 20, 20, 60, 100]);
});

it("refuses images of different sizes", () => {
  const image = { data: gray(0, 2), width: 2, height: 1 };
  expect(() => keepPixels(image, image, { data: Uint8Array.of(0), width: 1, height: 1 }, 0)).toThrow("mask 1×1");
});
