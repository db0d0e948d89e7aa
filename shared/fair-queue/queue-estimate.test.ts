import { describe, expect, it } from "vitest";
import { aheadInFairQueue, aheadInTurns, estimateStartMs, inFlightEach } from "./queue-estimate.ts";

const start = (ahead: number, workers: number) => estimateStartMs({ ahead, workers, msPerJob: 1_000 });

it("begins at once while a worker is free, then after half of a job, then a job's share of the workers later", () => {
  expect([0, 1, 2, 3, 4].map((ahead) => start(ahead, 2))).toEqual([0, 0, 250, 750, 1_250]);
});

it("takes one worker where none has reported", () => {
  expect(start(3, 0)).toBe(start(3, 1));
});

describe("jobs ahead of one", () => {
  const alone = { own: 0, all: 1, others: [], rest: 0, sentBefore: 0 };

  it("are as many of each other account as of its own and one, where accounts take turns", () => {
    expect(aheadInTurns({ ...alone, others: [100] })).toBe(1);
    expect(aheadInTurns({ ...alone, own: 10, others: [100, 100, 100, 3] })).toBe(10 + 3 * 11 + 3);
    expect(aheadInTurns({ ...alone, own: 2, rest: 50, sentBefore: 22 }), "those sent before").toBe(22);
  });

  it("are those that were sent before it in a fair queue, while no account has more than its quiet share", () => {
    const others = Array.from({ length: 40 }, () => 10);
    expect(aheadInFairQueue({ ...alone, others, sentBefore: 200 }, 100)).toBeCloseTo(200);
    expect(aheadInFairQueue({ ...alone, others, sentBefore: 20 }, 100)).toBeCloseTo(20);
  });

  it("are few of an account with thousands, and the quiet ones that were sent before", () => {
    expect(aheadInFairQueue({ ...alone, others: [10_000], sentBefore: 10_000 }, 100)).toBeLessThan(2);
    const ahead = aheadInFairQueue({ ...alone, others: [10_000], rest: 20, sentBefore: 10_020 }, 100);
    expect(ahead).toBeGreaterThan(20);
    expect(ahead).toBeLessThan(23);
  });

  it("are later ones as well for an account that is held back", () => {
    const loud = { ...alone, own: 20, all: 500, sentBefore: 30 };
    expect(aheadInFairQueue({ ...loud, rest: 100 }, 100), "all that are quiet").toBe(120);
    expect(aheadInFairQueue({ ...loud, rest: 100, own: 3 }, 100), "until it has a tenth").toBe(3 + 9 * 3);
    expect(aheadInFairQueue({ ...loud, others: [500, 500] }, 100), "in turn with those held back").toBe(60);
    expect(aheadInFairQueue({ ...loud, others: [500, 500] }, 1), "in order, by one worker").toBe(30);
  });

  it("are its own at least, however few were sent before", () => {
    expect(aheadInFairQueue({ ...alone, own: 3, all: 4, others: [5] }, 1)).toBe(3);
    expect(aheadInFairQueue({ ...alone, own: 3, all: 4 }, 4)).toBe(3);
  });
});

it("gives each account as many jobs in flight as it has, up to the same number", () => {
  expect(inFlightEach([100, 100], 10)).toBe(5);
  expect(inFlightEach([2, 100, 100], 10)).toBe(4);
  expect(inFlightEach([1, 2], 10)).toBe(2);
  expect(inFlightEach([], 10)).toBe(0);
});
