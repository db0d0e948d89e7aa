import { expect, it } from "vitest";
import { nextAttemptAt, retryDelaysMs } from "./retry-schedule.ts";

it("waits 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h after the first nine failures and gives up after the tenth", () => {
  const noJitter = () => 0;
  const delays = Array.from({ length: 11 }, (_, i) => nextAttemptAt(i + 1, 1_000, noJitter));
  const h = 3_600_000;
  const expected = [5_000, 300_000, 1_800_000, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h, undefined, undefined];
  expect(delays).toEqual(expected.map((delay) => delay && delay + 1_000));
  expect(retryDelaysMs[0]).toBe(0);
});

it("adds at most a fifth", () => {
  expect(nextAttemptAt(1, 0, () => 0.5)).toBe(5_500);
  expect(nextAttemptAt(1, 0, () => 0.999_999)).toBeLessThanOrEqual(6_000);
});
