import { expect, it } from "vitest";
import { unevenFill } from "./uneven-fill.ts";

const images = (group: string, ...fills: number[]) =>
  fills.map((fill, index) => ({ key: `${group}-${index}`, group, fill }));

it("finds products that are larger or smaller than the others of their group", () => {
  const mugs = images("main|mugs", 0.6, 0.62, 0.58, 0.6, 0.85, 0.3);
  // The same sizes are usual among lamps.
  const lamps = images("main|lamps", 0.85, 0.86, 0.84, 0.85, 0.85);
  expect([...unevenFill([...mugs, ...lamps])].sort()).toEqual(["main|mugs-4", "main|mugs-5"]);
});

it("says nothing of a group that is too small to have anything usual", () => {
  expect(unevenFill(images("main|mugs", 0.1, 0.9, 0.9, 0.9)).size).toBe(0);
});
