import { describe, expect, it } from "vitest";
import type { RgbaImage } from "../../pipeline/image.ts";
import { aroundProduct, composeProduct, placeProduct, whiteImage } from "./place-product.ts";

/** A product of 4 × 2 pixels, each of another colour, with empty pixels around it. */
const product: RgbaImage = (() => {
  const data = new Uint8Array(4 * 8 * 5);
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 4; x++) data.set([10 * x, 100 + y, 7, 255], 4 * ((y + 1) * 8 + x + 3));
  }
  return { data, width: 8, height: 5 };
})();
const canvas = { width: 8, height: 8 };
const center = { fill: 0.5, anchor: "center" } as const;

it("puts the product's own pixels back exactly where its scale is 1", async () => {
  const placed = await placeProduct(product, canvas, center);
  expect(placed).toMatchObject({ scale: 1, box: { left: 2, top: 3, width: 4, height: 2 } });
  const drawn = { data: new Uint8Array(3 * 64).fill(90), ...canvas };
  const { data } = composeProduct(drawn, placed);
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 4; x++) {
      const at = 3 * ((y + 3) * 8 + x + 2);
      expect([...data.subarray(at, at + 3)]).toEqual([10 * x, 100 + y, 7]);
    }
  }
});

it("has a seam of one pixel outside of the product that carries its colour on", async () => {
  const placed = await placeProduct(product, canvas, center);
  const { data } = composeProduct({ data: new Uint8Array(3 * 64).fill(90), ...canvas }, placed);
  const at = (x: number, y: number) => [...data.subarray(3 * (y * 8 + x), 3 * (y * 8 + x) + 3)];
  // Left of the upper left pixel: its two neighbours are 0, 100.5 → 101, 7; 102/255 of 0.4 of that, the rest is 90.
  expect(at(1, 3)).toEqual([54, 94, 57]);
  expect(at(0, 3)).toEqual([90, 90, 90]);
  const mask = aroundProduct(placed);
  const row = (y: number) => [...mask.data.subarray(8 * y, 8 * y + 8)];
  expect(row(3)).toEqual([255, 0, 0, 0, 0, 0, 0, 255]);
  expect(row(1)).toEqual(new Array(8).fill(255));
});

describe("where it stands", () => {
  it.each([
    ["center", 16, 24],
    ["left", 16, 24],
    ["top", 16, 16],
    ["bottom", 16, 32],
  ] as const)("%s", async (anchor, left, top) => {
    const placed = await placeProduct(product, { width: 64, height: 64 }, { fill: 0.5, anchor });
    expect(placed.box).toEqual({ left, top, width: 32, height: 16 });
    expect(placed.scale).toBe(8);
  });

  it("fills by the side that is longer for the canvas", async () => {
    const placed = await placeProduct(product, { width: 64, height: 16 }, { fill: 1, anchor: "center" });
    expect(placed.box).toEqual({ left: 16, top: 0, width: 32, height: 16 });
  });
});

it("refuses a product that is not there, and a canvas of another size", async () => {
  const empty = { data: new Uint8Array(16), width: 2, height: 2 };
  await expect(placeProduct(empty, canvas, center)).rejects.toMatchObject({ code: "no_cutout" });
  const placed = await placeProduct(product, canvas, center);
  expect(() => composeProduct(whiteImage({ width: 4, height: 4 }), placed)).toThrow("canvas of 8×8");
});
