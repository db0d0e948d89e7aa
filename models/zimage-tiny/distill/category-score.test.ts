import { expect, it } from "vitest";
import { type CategoryScore, gates, scoreCategories } from "./category-score.ts";

const latents = [
  [Float32Array.of(0, 0), Float32Array.of(1, 0)],
  [Float32Array.of(0, 1), Float32Array.of(1, 1)],
];

it("counts what is sharp, right and different", () => {
  const drawn = [
    { category: 0, latents: Float32Array.of(0, 0) }, // as it should be
    { category: 0, latents: Float32Array.of(0.6, 0) }, // right, blurred: (0.4² + 0) / 2 = 0.08 from the second
    { category: 1, latents: Float32Array.of(1, 0) }, // sharp, of the other category
    { category: 1, latents: Float32Array.of(1, 0) },
  ];
  const score = scoreCategories(drawn, latents);
  expect(score).toMatchObject({ sharp: 0.25, right: 0.5, mse: expect.closeTo(0.02, 6) });
  // Shares ¼ and ¾ of two of four objects.
  expect(score.coverage).toBeCloseTo(Math.exp(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75)) / 4, 6);
  expect(score.reward).toBeCloseTo((1 + Math.exp(-0.08 / 0.05) + 2 * Math.exp(-0.5 / 0.05)) / 4, 6);
});

it("fails where the demonstration shows nothing", () => {
  const teacher = { sharp: 0.5, right: 0.97, mse: 0.09, coverage: 0.8, reward: 0.4 };
  const blurred = { sharp: 0.02, right: 0.7, mse: 0.18, coverage: 0.8, reward: 0.1 };
  const good: Record<string, CategoryScore> = {
    teacher,
    "teacher, 4 runs": blurred,
    student: { ...teacher, coverage: 0.4 },
    "without reward": { ...teacher, coverage: 0.4 },
    "with reward": { ...teacher, coverage: 0.3, reward: 0.44 },
  };
  const failed = (changes: Record<string, Partial<CategoryScore>>) =>
    gates((name) => ({ ...good[name]!, ...changes[name] }))
      .filter(({ passed }) => !passed)
      .map(({ what }) => what.split(" ").slice(0, 4).join(" "));
  expect(failed({})).toEqual([]);
  expect(failed({ student: { mse: 0.11 } })).toEqual(["the student draws as"]);
  expect(failed({ student: { coverage: 0.25 } })).toEqual(["the student keeps half"]);
  expect(failed({ "teacher, 4 runs": teacher })).toEqual(["the teacher itself does"]);
  expect(failed({ "with reward": { reward: 0.41 } })).toEqual(["the reward rises by"]);
  expect(failed({ "without reward": { reward: 0.42 } })).toEqual(["the reward rises by"]);
  expect(failed({ "with reward": { coverage: 0.2 } })).toEqual(["and loses at most"]);
});
