import { expect, it } from "vitest";
import { modelWarnings } from "./model-warnings.ts";

it.each([
  ["turbo", 8, 0, []],
  ["turbo", 4, 0, []],
  ["turbo", 16, 0, []],
  ["turbo", 3, 0, [/made for 8 steps; with 3/]],
  ["turbo", 50, 5, [/guidance 5 doubles/, /made for 8 steps; with 50/]],
  ["base", 50, 5, []],
  ["base", 2, 0, []],
] as const)("%s with %d steps and guidance %d", (family, steps, guidance, expected) => {
  expect(modelWarnings({ steps, guidance }, { family })).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern)),
  );
});
