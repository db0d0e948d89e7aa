import { expect, it } from "vitest";
import { trapezoidLearningRate } from "./learning-rate.ts";

const schedule = { peak: 1e-3, steps: 1000, warmup: 100, constantUntil: 0.5, finalFraction: 0.01 };

it.each([
  [1, 1e-5],
  [50, 5e-4],
  [100, 1e-3],
  [500, 1e-3],
  [750, 5.05e-4], // halfway from the peak to a hundredth of it
  [1000, 1e-5],
  [1200, 1e-5],
])("step %d has the rate %d", (step, rate) => {
  expect(trapezoidLearningRate(step, schedule)).toBeCloseTo(rate, 10);
});

it("needs neither warm-up nor decay", () => {
  expect(trapezoidLearningRate(1, { ...schedule, warmup: 0, constantUntil: 1 })).toBe(1e-3);
});
