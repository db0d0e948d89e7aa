import { expect, it } from "vitest";
import { exitCodeOf } from "./exit-codes.ts";

it.each([
  [2, 0, 0],
  [0, 0, 0],
  [0, 2, 1],
  [1, 2, 3],
])("of %i tasks done and %i failed is %i", (done, failed, code) => {
  expect(exitCodeOf(done, failed)).toBe(code);
});
