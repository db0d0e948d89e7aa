import { expect, it } from "vitest";
import { largestMarks } from "./largest-marks.ts";

const mask = (width: number, ...data: number[]) => ({
  data: Uint8Array.from(data),
  width,
  height: data.length / width,
});

it.each([
  ["halves", mask(4, 0, 0, 9, 1, 0, 0, 2, 7), 2, 1, [0, 9]],
  ["doubles", mask(2, 3, 0), 4, 2, [3, 3, 0, 0, 3, 3, 0, 0]],
  ["takes both of two that a pixel covers in part", mask(3, 1, 5, 2), 2, 1, [5, 5]],
  ["cuts off evenly what does not fit", mask(4, 9, 1, 2, 9), 2, 1, [1, 2]],
  ["leaves its own size alone", mask(2, 1, 2, 3, 4), 2, 2, [1, 2, 3, 4]],
] as const)("%s", (_, source, width, height, expected) => {
  expect([...largestMarks(source, { width, height }).data]).toEqual(expected);
});
