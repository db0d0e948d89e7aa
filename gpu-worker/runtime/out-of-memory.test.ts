import { expect, it } from "vitest";
import { isOutOfMemory } from "./out-of-memory.ts";

it.each([
  ["std::bad_alloc", true],
  ["BFCArena: Available memory of 12 is smaller than requested bytes of 34", true],
  ["CUDA failure 2: out of memory", true],
  ["Array buffer allocation failed", true],
  ["Got invalid dimensions for input: x", false],
])("%s", (message, expected) => {
  expect(isOutOfMemory(new Error(message))).toBe(expected);
  expect(isOutOfMemory(message)).toBe(expected);
});
