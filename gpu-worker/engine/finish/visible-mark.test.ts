import { expect, it } from "vitest";
import { markCorners, withoutBox, writeVisibleMark } from "./visible-mark.ts";

const gray = (width: number, height: number) => ({
  data: new Uint8Array(3 * width * height).fill(120),
  width,
  height,
});

/** Rows and columns in which a pixel is white, which nothing but the mark's letters is. */
function extentOf({ data, width, height }: { data: Uint8Array; width: number; height: number }) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < data.length; i += 3) {
    if (data[i]! < 240) continue;
    const [x, y] = [(i / 3) % width, Math.floor(i / 3 / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { left, top, right, bottom };
}

it.each([
  [1024, 1024],
  [512, 768],
  [1536, 640],
])("writes characters of at least 5 %% of the shorter side of %d×%d, inside the corner", async (width, height) => {
  for (const corner of markCorners) {
    const { image, box } = await writeVisibleMark(gray(width, height), corner);
    const { left, top, right, bottom } = extentOf(image);
    expect(bottom - top + 1).toBeGreaterThanOrEqual(0.05 * Math.min(width, height));
    expect(bottom - top + 1).toBeLessThan(0.07 * Math.min(width, height));
    expect(corner.endsWith("left") ? left : width - 1 - right).toBeLessThan(0.03 * Math.min(width, height));
    expect(corner.startsWith("top") ? top : height - 1 - bottom).toBeLessThan(0.03 * Math.min(width, height));
    expect([left >= box.left, right < box.left + box.width, top >= box.top]).toEqual([true, true, true]);
  }
});

it("changes nothing outside its box, and is the same every time", async () => {
  const { image, box } = await writeVisibleMark(gray(256, 256), "top-left");
  expect((await writeVisibleMark(gray(256, 256), "top-left")).image.data).toEqual(image.data);
  for (let y = 0; y < 256; y++) {
    for (let x = 0; x < 256; x++) {
      if (y < box.top + box.height && x < box.left + box.width) continue;
      expect(image.data[3 * (256 * y + x)]).toBe(120);
    }
  }
});

it("can be seen on white, on black, and squeezed into the smallest image", async () => {
  for (const level of [0, 255]) {
    const plain = { ...gray(64, 64), data: new Uint8Array(3 * 64 * 64).fill(level) };
    const { image } = await writeVisibleMark(plain, "bottom-right");
    expect(Math.max(...image.data) - Math.min(...image.data)).toBeGreaterThan(150);
  }
  const { box } = await writeVisibleMark(gray(64, 256), "bottom-right");
  expect([box.left, box.width]).toEqual([21, 43]);
});

it("takes what it covers out of a product", () => {
  const product = { data: new Uint8Array(4 * 4 * 2).fill(255), width: 4, height: 2 };
  const { data } = withoutBox(product, { left: 2, top: 1, width: 2, height: 1 });
  expect(Array.from({ length: 8 }, (_, i) => data[4 * i + 3])).toEqual([255, 255, 255, 255, 255, 255, 0, 0]);
});
