import { expect, it } from "vitest";
import { quantile, summarise } from "./statistics.ts";

it.each([
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.5, 2.5],
  [[10], 0.99, 10],
  [[0, 100], 0.25, 25],
])("quantile of %j at %d is %d", (values, q, expected) => {
  expect(quantile(values, q)).toBe(expected);
});

it("refuses to summarise nothing", () => {
  expect(() => summarise([])).toThrow("no measurement");
});
