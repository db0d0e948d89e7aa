import { expect, it } from "vitest";
import type { RgbImage } from "../../pipeline/image.ts";
import { borderWhite, checkImage, contentFill, differenceHash } from "./check-image.ts";

function image(width: number, height: number, level: (x: number, y: number) => number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) data.fill(level(at % width, Math.floor(at / width)), 3 * at, 3 * at + 3);
  return { data, width, height };
}

it("counts the white of a frame of a fiftieth of the shorter side", () => {
  // The frame of 100 × 50 is one pixel: 2 · 100 + 2 · 48 = 296 pixels. The first row is 245, its first pixel 244.
  const found = borderWhite(image(100, 50, (x, y) => (y > 0 ? (x > 2 && x < 97 ? 0 : 255) : x === 0 ? 244 : 245)));
  // White: the last row's 6 outer pixels and 96 at the sides.
  expect(found.exact).toBeCloseTo((96 + 6) / 296, 10);
  expect(found.near).toBeCloseTo((96 + 6 + 99) / 296, 10);
});

it("measures what is not white by its longer side", () => {
  expect(contentFill(image(10, 20, (x, y) => (x >= 2 && x < 5 && y >= 4 && y < 14 ? 100 : 250)))).toBe(0.5);
  expect(contentFill(image(10, 10, () => 245))).toBe(0);
});

it("hashes where the image grows brighter to the right", async () => {
  const rising = image(90, 80, (x) => Math.min(255, 2 * x + 20));
  expect(await differenceHash(rising)).toBe("f".repeat(16));
  expect(await differenceHash(image(90, 80, (x) => 255 - 2 * x))).toBe("0".repeat(16));
  // The upper half rises, the lower half falls: four rows of ones, four of zeros.
  const both = image(90, 80, (x, y) => (y < 40 ? 2 * x + 20 : 255 - 2 * x));
  expect(await differenceHash(both)).toBe("ffffffff00000000");
});

it("tells sharp from soft, and one colour from an image", async () => {
  const checkered = await checkImage(image(64, 64, (x, y) => ((Math.floor(x / 8) + Math.floor(y / 8)) % 2) * 255));
  const soft = await checkImage(image(64, 64, (x) => 4 * x));
  const plain = await checkImage(image(64, 64, () => 255));
  expect(checkered.sharpness).toBeGreaterThan(1_000);
  expect(soft.sharpness).toBeLessThan(20);
  expect([plain.sharpness, plain.flat, checkered.flat]).toEqual([0, true, false]);
  expect(plain).toMatchObject({ borderWhiteExact: 1, borderWhite: 1, fill: 0 });
  expect(
    await checkImage(
      image(64, 64, () => 255),
      0.85,
    ),
  ).toMatchObject({ fill: 0.85 });
});
