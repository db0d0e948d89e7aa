import { expect, it } from "vitest";
import { compareText } from "./compare-text.ts";

it.each([
  ["each line in another order, one in other letters", "-20%\nSUMMER SALE", ["Summer Sale", "-20%"], [8, 0], 0],
  ["the same with other spaces and wide letters", "ＳＵＭＭＥＲ  SALE", ["SUMMER SALE"], [0], 0],
  // Two letters swapped are two changes; one character of four is missing.
  ["errors of drawn letters", "SUMMRE SALE\n夏大促", ["SUMMER SALE", "夏季大促"], [2, 1], 0],
  ["nothing", "", ["SALE"], [4], 0],
  ["more than it should", "SALE\nmade by nobody", ["SALE"], [0], 12],
  ["one line for two that should be there", "SALE", ["SALE", "SALE"], [0, 4], 0],
] as const)("compares a text that has %s", (_, read, expected, distances, elsewhere) => {
  expect(compareText(read, expected)).toEqual({ distances, elsewhere });
});
