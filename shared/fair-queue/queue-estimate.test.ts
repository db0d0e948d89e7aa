import { expect, it } from "vitest";
import { estimateStart, type LaneLoad } from "./queue-estimate.ts";

const load = (given: Partial<LaneLoad>): LaneLoad => ({ workers: 1, drawing: [], ready: [], ...given });

it("begins at once where nothing is before it, also while no worker is up", () => {
  expect(estimateStart(load({ workers: 0 }), 10)).toEqual({ position: 1, startMs: 0 });
});

it("gives each job to the worker that is free first", () => {
  // Free at 4 and 6; the jobs of 1 and 2 begin at 4 and 5, so that both workers are free at 6 and 7.
  expect(estimateStart(load({ workers: 2, drawing: [4, 6], ready: [1, 2] }), 10)).toEqual({ position: 3, startMs: 60 });
});

it("puts a whole lane before it where that goes first", () => {
  const before = { ready: [3], waiting: { jobs: 4, work: 10 } };
  // Two workers: free at 0 and 3, and 5 later each for what waits.
  expect(estimateStart(load({ workers: 2, before, ready: [1] }), 1)).toEqual({ position: 7, startMs: 6 });
});

it("serves the other accounts by weight while its own line is drawn", () => {
  const accounts = [
    { id: "own", weight: 1, jobs: 9, work: 90 },
    { id: "double", weight: 2, jobs: 10, work: 100 },
    { id: "short", weight: 1, jobs: 1, work: 3 },
    { id: "empty", weight: 1, jobs: 0, work: 0 },
  ];
  const line = { accounts, accountId: "own", own: { jobs: 2, work: 20 } };
  // 20 of its own, 40 of double (4 jobs), and all 3 of short (1 job).
  expect(estimateStart(load({ line }), 1)).toEqual({ position: 8, startMs: 63 });
  expect(estimateStart(load({ workers: 3, line }), 1).startMs).toBe(21);
});

it("takes an account that is not listed for one of weight 1", () => {
  const line = { accounts: [], accountId: "new", own: { jobs: 1, work: 5 } };
  expect(estimateStart(load({ line }), 2)).toEqual({ position: 2, startMs: 10 });
});
