import { expect, it } from "vitest";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { cornerColors, descriptor, psnr, rankOf } from "./image-score.ts";
import { srgbToLab } from "./lab.ts";

type Rgb = readonly [number, number, number];

/** An image from a colour per pixel. */
function image(width: number, height: number, colorAt: (x: number, y: number) => Rgb): RgbImage {
  const pixels = Array.from({ length: width * height }, (_, at) => colorAt(at % width, Math.floor(at / width)));
  return { data: Uint8Array.from(pixels.flat()), width, height };
}

it("describes an image by the mean colour of each of 16×16 cells", () => {
  // Cells of 2×4 pixels, half black, half white, but for the last cell, which is red.
  const values = descriptor(
    image(32, 64, (x, y) => {
      if (x >= 30 && y >= 60) return [255, 0, 0];
      return x % 2 === 0 ? [0, 0, 0] : [255, 255, 255];
    }),
  );
  const grey = srgbToLab(127.5, 127.5, 127.5);
  const red = srgbToLab(255, 0, 0);
  expect(values).toHaveLength(768);
  for (let cell = 0; cell < 255; cell++)
    expect([...values.slice(3 * cell, 3 * cell + 3)]).toEqual(grey.map(Math.fround));
  expect([...values.slice(765)]).toEqual(red.map(Math.fround));
  expect(() => descriptor(image(30, 32, () => [0, 0, 0]))).toThrow("multiples of 16, got 30×32");
});

it("ranks by straight distance, equal ones in order", () => {
  const candidates = [
    [0, 0],
    [3, 4],
    [6, 0],
    [6, 0],
  ].map((values) => Float32Array.from(values));
  const ranks = (...point: number[]) =>
    candidates.map((_, asked) => rankOf(Float32Array.from(point), asked, candidates));
  expect(ranks(0, 0)).toEqual([0, 1, 2, 3]); // 0, 25, 36, 36
  expect(ranks(6, 1)).toEqual([3, 2, 0, 1]); // 37, 18, 1, 1
});

it("measures noise against the peak of 255", () => {
  const flat = (value: number) => image(16, 16, () => [value, value, value]);
  expect(psnr(flat(100), flat(110))).toBeCloseTo(20 * Math.log10(255 / 10), 10); // 28.13 dB
  expect(psnr(flat(100), flat(100))).toBeCloseTo(58.92, 2);
  expect(() =>
    psnr(
      flat(1),
      image(16, 32, () => [1, 1, 1]),
    ),
  ).toThrow("got 16×16 and 16×32");
});

it("reads each corner by itself", () => {
  const colors: Rgb[] = [
    [255, 255, 255],
    [20, 20, 24],
    [225, 55, 50],
  ];
  // Near-white top left, near-black top right, red below; the middle, blue, is looked at by nobody.
  const corners = image(32, 16, (x, y) => {
    if (x >= 4 && x < 28) return [0, 0, 255];
    if (y >= 12) return [200, 70, 60];
    return x < 4 ? [240, 250, 240] : [40, 30, 30];
  });
  expect(cornerColors(corners, colors)).toEqual([0, 1, 2, 2]);
});
