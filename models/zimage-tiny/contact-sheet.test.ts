import { expect, it } from "vitest";
import { contactSheet } from "./contact-sheet.ts";

const plain = (grey: number, width = 2, height = 1) => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(grey),
});
const greys = ({ data }: { data: Uint8Array }) => [...data].filter((_, i) => i % 3 === 0);

it("lays images out row by row, on white", () => {
  const sheet = contactSheet([plain(1), plain(2), plain(3)], 2);
  expect([sheet.width, sheet.height]).toEqual([4, 2]);
  expect(greys(sheet)).toEqual([1, 1, 2, 2, 3, 3, 255, 255]);
  const spaced = contactSheet([plain(1), plain(2)], 5, 1);
  expect(greys(spaced)).toEqual([1, 1, 255, 2, 2]);
});

it("refuses none, and images of different sizes", () => {
  expect(() => contactSheet([], 2)).toThrow("at least one");
  expect(() => contactSheet([plain(1), plain(2, 3)], 2)).toThrow("image 1 is 3x1, the first 2x1");
});
