import { expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { rewardDirection, trialNoises } from "./reward-direction.ts";

it("interpolates trials between the centres of their cells", () => {
  const [trial] = trialNoises(3, 1, [1, 4, 4], 2);
  const row = (y: number) => [...trial!.subarray(4 * y, 4 * y + 4)];
  const [a, , , b] = row(0);
  // Centres lie between the first two and the last two of four places: a, ¾a + ¼b, ¼a + ¾b, b.
  expectClose(row(0), [a!, 0.75 * a! + 0.25 * b!, 0.25 * a! + 0.75 * b!, b!], 1e-6);
  expectClose(
    row(1),
    row(0).map((value, x) => 0.75 * value + 0.25 * row(3)[x]!),
    1e-6,
  );
});

it("draws white noise where the grid is as fine as the image, and the same for the same seed", () => {
  const trials = trialNoises(5, 40, [2, 4, 4], 9);
  expect(trials).toEqual(trialNoises(5, 40, [2, 4, 4], 4));
  const values = trials.flatMap((trial) => [...trial]);
  expect(new Set(values).size).toBe(values.length);
  expect(values.reduce((sum, value) => sum + value ** 2, 0) / values.length).toBeCloseTo(1, 1);
});

it("points to where scores rise: √K times the mean of advantages and trials", () => {
  const trials = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  // Mean 2, deviation 1: advantages ±1 / 1.02.
  expectClose(
    rewardDirection([3, 1], trials, 4),
    [(4 * Math.SQRT2 * 0.5) / 1.02, (-4 * Math.SQRT2 * 0.5) / 1.02],
    1e-6,
  );
  expect([...rewardDirection([1, 1], trials, 4)]).toEqual([0, 0]);
});

it("rises a reward that it is only told the scores of", () => {
  const shape = [1, 8, 8] as const;
  const goal = trialNoises(1, 1, shape, 2)[0]!;
  const score = (x: Float32Array) => -x.reduce((sum, value, i) => sum + (value - goal[i]!) ** 2, 0);
  let image = new Float32Array(goal.length);
  const start = score(image);
  for (let step = 0; step < 40; step++) {
    const trials = trialNoises(100 + step, 16, shape, 2);
    const scores = trials.map((trial) => score(image.map((value, i) => value + 0.1 * trial[i]!)));
    const direction = rewardDirection(scores, trials, 0.1);
    image = image.map((value, i) => value + direction[i]!);
  }
  expect(score(image)).toBeGreaterThan(start / 4); // of a negative score
});
