import { expect, it } from "vitest";
import { broadcast, divide, productOf, sameDims } from "./dims.ts";

it.each([
  [[2, 3], 6],
  [["S", "B"], "B*S"],
  [["B*S", 4], "4*B*S"],
  [["8*h", "8*w"], "64*h*w"],
  [["B", 0], 0],
  [[], 1],
])("multiplies %j to %s", (dims, product) => {
  expect(productOf(dims)).toBe(product);
});

it("divides what leaves no rest at any size", () => {
  expect(divide(6, 3)).toBe(2);
  expect(divide("8*h", 2)).toBe("4*h");
  expect(divide("2*h", 2)).toBe("h");
  expect(() => divide("h", 2)).toThrow("axis of h cannot be divided by 2");
});

it("stretches axes of 1 and refuses others", () => {
  expect(broadcast(["B", "S", 8], ["B", 1, 8])).toEqual(["B", "S", 8]);
  expect(broadcast([8], ["B", "S", 1])).toEqual(["B", "S", 8]);
  expect(broadcast(["B", 8], ["S", 8])).toBeUndefined();
  expect(sameDims(["B", 1], ["B"])).toBe(false);
});
