import { expect, it } from "vitest";
import { modelWarnings, sizeWarnings } from "./model-warnings.ts";

const turbo = { defaultSteps: 8, defaultGuidance: 0 };
const fewer = { defaultSteps: 2, defaultGuidance: 0 };
const base = { defaultSteps: 50, defaultGuidance: 4 };

it.each([
  [turbo, 8, 0, []],
  [turbo, 4, 0, []],
  [turbo, 16, 0, []],
  [turbo, 3, 0, [/made for 8 steps; with 3/]],
  [turbo, 50, 5, [/guidance 5 doubles/, /made for 8 steps; with 50/]],
  [fewer, 1, 0, []],
  [fewer, 4, 0, []],
  [fewer, 8, 0, [/made for 2 steps; with 8/]],
  [base, 50, 5, []],
  [base, 2, 0, []],
])("%j with %d steps and guidance %d", (model, steps, guidance, expected) => {
  expect(modelWarnings({ steps, guidance }, model)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

it("warns of a size that the model has never seen, four times its own pixels and more", () => {
  const made = { width: 128, height: 128 };
  expect(sizeWarnings({ width: 256, height: 256 }, made)).toEqual([]);
  expect(sizeWarnings({ width: 1024, height: 768 }, made)).toEqual([
    "the model is made for images of about 128x128; at 1024x768 it draws patterns or noise",
  ]);
  expect(sizeWarnings({ width: 2048, height: 2048 }, { width: 1024, height: 1024 })).toEqual([]);
});
