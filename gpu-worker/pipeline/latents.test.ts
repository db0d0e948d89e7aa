import { expect, it } from "vitest";
import { givenLatents, latentShape, noiseLatents, seedOfImage } from "./latents.ts";

it("has one cell per 8 pixels, rows first", () => {
  expect(latentShape(144, 80)).toEqual([16, 10, 18]);
  expect(noiseLatents(1, 144, 80).shape).toEqual([16, 10, 18]);
});

it.each([
  [1000, "width must be a multiple of 16, got 1000; try 992 or 1008"],
  [0, "try 16 or 32"],
  [8, "try 16 or 32"],
  [-16, "try 16 or 32"],
  [Number.NaN, "try 16 or 32"],
])("refuses the side %d and names good ones", (side, message) => {
  expect(() => latentShape(side, 64)).toThrow(message);
});

it("refuses given latents of another size or with NaN", () => {
  expect(() => givenLatents(new Float32Array(10), 64, 64)).toThrow("must be 1024 float32 values [16,8,8], got 10");
  expect(() => givenLatents(new Float32Array(1024).fill(Number.NaN), 64, 64)).toThrow("finite");
});

it("counts seeds up and around", () => {
  expect(seedOfImage(5, 2)).toBe(7);
  expect(seedOfImage(2 ** 32 - 1, 1)).toBe(0);
});
