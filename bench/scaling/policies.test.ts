import { expect, it } from "vitest";
import { ourPolicy, type Policy, stepScaling, targetTracking } from "./policies.ts";

const fleet = (desired: number, running = desired) => ({ desired, running });
const idle = fleet(0);

/** What a policy wants, minute by minute, of a queue with this many jobs; its wish is met at once. */
function follow(policy: Policy, waiting: readonly number[], { held = 0 } = {}): number[] {
  let desired = 0;
  return waiting.map((jobs, minute) => {
    const wanted = policy({ second: 60 * minute, waiting: jobs, held, spot: fleet(desired), onDemand: idle });
    desired = wanted.spot;
    return desired;
  });
}

it("tracks a target: out after three minutes above it, in after fifteen below, never above the most", () => {
  const policy = targetTracking({ target: 10, maxWorkers: 4 });
  expect(follow(policy, [100, 100, 100, 100])).toEqual([1, 1, 1, 4]);
  const quiet = Array.from({ length: 16 }, () => 0);
  expect(follow(targetTracking({ target: 10, maxWorkers: 4 }), [1, ...quiet]).slice(-2)).toEqual([0, 0]);
  expect(follow(targetTracking({ target: 10, maxWorkers: 4 }), [1, ...quiet.slice(2)])).not.toContain(0);
});

it("takes steps on the depth of the queue, and none after five quiet minutes", () => {
  expect(follow(stepScaling({ maxWorkers: 6 }), [0, 1, 19, 20, 99, 100, 5_000])).toEqual([0, 1, 1, 2, 4, 6, 6]);
  expect(follow(stepScaling({ maxWorkers: 6 }), [20, 0, 0, 0, 0, 0])).toEqual([2, 2, 2, 2, 2, 0]);
  expect(follow(stepScaling({ maxWorkers: 6 }), [20, 0, 0, 0, 0, 0, 0], { held: 1 }).slice(-2)).toEqual([1, 1]);
  expect(follow(stepScaling({ maxWorkers: 6, scale: 10 }), [20, 200])).toEqual([1, 2]);
});

it("runs the tick's own decision, with its memory", () => {
  const [first, second] = follow(ourPolicy({ maxWorkers: 3 }), [500, 500]);
  expect(first).toBeGreaterThan(0);
  expect(second).toBeLessThanOrEqual(3);
});
