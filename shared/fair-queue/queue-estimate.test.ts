import { expect, it } from "vitest";
import { aheadByTurns, estimateStartMs } from "./queue-estimate.ts";

const start = (ahead: number, workers: number) => estimateStartMs({ ahead, workers, msPerJob: 1_000 });

it("begins at once while a worker is free, then after half of a job, then a job's share of the workers later", () => {
  expect([0, 1, 2, 3, 4].map((ahead) => start(ahead, 2))).toEqual([0, 0, 250, 750, 1_250]);
});

it("takes one worker where none has reported", () => {
  expect(start(3, 0)).toBe(start(3, 1));
});

it("counts the others as often as the account itself, and no more of them than there are", () => {
  expect(aheadByTurns(0, 100)).toBe(0);
  expect(aheadByTurns(10, 100)).toBe(20);
  expect(aheadByTurns(10, 3)).toBe(13);
});
