import { expect, it } from "vitest";
import { labDistance, srgbToLab } from "./lab.ts";

// Published values of the sRGB primaries under D65, to four places; the greys have the same lightness formula by hand.
it.each([
  ["white", [255, 255, 255], [100, 0, 0]],
  ["black", [0, 0, 0], [0, 0, 0]],
  ["middle grey", [119, 119, 119], [50.0344, 0, 0]],
  ["red", [255, 0, 0], [53.2408, 80.0925, 67.2032]],
  ["green", [0, 255, 0], [87.7347, -86.1827, 83.1793]],
  ["blue", [0, 0, 255], [32.297, 79.1875, -107.8602]],
  ["a dark one, on the straight line", [5, 5, 5], [1.3713, 0, 0]], // 5/255/12.92 · 24389/27
] as const)("%s", (_, [red, green, blue], expected) => {
  srgbToLab(red, green, blue).forEach((value, axis) => {
    expect(Math.abs(value - expected[axis]!)).toBeLessThan(0.002);
  });
});

it("measures straight distances", () => {
  expect(labDistance([50, 3, 0], [50, 0, 4])).toBe(5);
});
