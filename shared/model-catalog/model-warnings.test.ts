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
  expect(modelWarnings({ steps, guidance }, model).map(({ message }) => message)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern)),
  );
});

it("warns of a size that the model has never seen, four times its own pixels and more", () => {
  const square = (side: number) => ({ width: side, height: side });
  const made = (side: number) => ({ defaultWidth: side, defaultHeight: side, nativeSizes: [square(side)] });
  expect(sizeWarnings(square(256), made(128))).toEqual([]);
  expect(sizeWarnings({ width: 1024, height: 768 }, made(128))).toEqual([
    {
      code: "size_too_large",
      message: "the model is made for images of about 128x128; at 1024x768 it draws patterns or noise",
      param: "size",
      values: { made_for: "128x128", size: "1024x768" },
    },
  ]);
  expect(sizeWarnings(square(2048), made(1024))).toEqual([]);
});

it("warns of every size but its own of a model that knows a list of things", () => {
  const vocabulary = { things: [{ en: "kite", zh: "风筝" }], backgrounds: [] };
  const sizes = [
    { width: 128, height: 128 },
    { width: 128, height: 64 },
  ];
  const model = { defaultWidth: 128, defaultHeight: 128, nativeSizes: sizes, vocabulary };
  expect(sizeWarnings({ width: 128, height: 64 }, model)).toEqual([]);
  expect(sizeWarnings({ width: 144, height: 128 }, model)).toMatchObject([
    { code: "size_not_trained", values: { made_for: "128x128, 128x64", size: "144x128" } },
  ]);
});
