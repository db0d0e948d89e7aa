import { expect, it } from "vitest";
import { cannyEdges } from "./canny-edges.ts";

/** Columns of the middle row that are white. */
function whiteColumns(level: (x: number, y: number) => number, size = 16): number[] {
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < size * size; i++) data.fill(level(i % size, Math.floor(i / size)), 3 * i, 3 * i + 3);
  const edges = cannyEdges({ data, width: size, height: size });
  const row = 3 * size * (size / 2);
  return Array.from({ length: size }, (_, x) => x).filter((x) => edges.data[row + 3 * x] === 255);
}

it("draws one line along an edge", () => {
  expect(whiteColumns((x) => (x < 8 ? 0 : 200))).toEqual([7]);
});

it("draws both sides of a bar, and nothing of a smooth slope", () => {
  expect(whiteColumns((x) => (x >= 4 && x < 10 ? 255 : 0))).toEqual([3, 9]);
  expect(whiteColumns((x) => x * 10)).toEqual([]);
});

it("keeps a weak edge where it leads to a strong one, and no other", () => {
  // A step of s has a gradient of 4 s: 40 is weak and 60 strong.
  expect(whiteColumns((x) => (x < 8 ? 0 : 40))).toEqual([]);
  expect(whiteColumns((x, y) => (x < 8 ? 0 : y < 2 ? 80 : 40))).toEqual([7]);
});

it("finds an edge in any direction", () => {
  const diagonal = whiteColumns((x, y) => (x + y < 16 ? 0 : 255));
  expect(diagonal.length).toBeGreaterThanOrEqual(1);
  expect(diagonal.every((x) => Math.abs(x - 8) <= 1)).toBe(true);
});
