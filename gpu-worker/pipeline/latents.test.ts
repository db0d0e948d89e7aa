import { expect, it } from "vitest";
import { givenLatents, latentShape, noiseLatents, stepNoise } from "./latents.ts";

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

it("draws other noise for each step of an image, and for seeds past 32 bits", () => {
  const noises = [
    noiseLatents(1, 64, 64).data,
    stepNoise(1, 1, 64, 64),
    stepNoise(1, 2, 64, 64),
    noiseLatents(2 ** 32 + 1, 64, 64).data,
  ];
  expect(new Set(noises.map((noise) => noise[0])).size).toBe(4);
  expect([...stepNoise(1, 2, 64, 64)]).toEqual([...noises[2]!]);
});
