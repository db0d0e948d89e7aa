import { expect, it } from "vitest";
import { isFlat } from "./is-flat.ts";

const image = (level: (i: number) => number) => ({
  data: Uint8Array.from({ length: 3 * 64 }, (_, i) => level(i)),
  width: 8,
  height: 8,
});

it.each([
  ["black", () => 0, true],
  ["one colour", (i: number) => [200, 30, 90][i % 3]!, true],
  ["one colour with a level of dither", (i: number) => 100 + (i % 2), true],
  ["a gentle gradient", (i: number) => Math.floor(i / 10), false],
  ["change in one channel alone", (i: number) => (i % 3 === 1 ? i : 5), false],
])("%s", (_, level, expected) => {
  expect(isFlat(image(level))).toBe(expected);
});
