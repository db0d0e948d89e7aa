import { expect, it } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { pollIntervals, waitForJob } from "./wait-for-job.ts";

/** Jobs whose record says `succeeded` from the given read on. */
function setUp(endsAtRead: number) {
  const clock = fastClock();
  const queued = sampleJob("1", clock.now());
  let reads = 0;
  const get = async (): Promise<Job> => (++reads < endsAtRead ? queued : { ...queued, status: "succeeded" });
  return { clock, queued, dependencies: { clock, jobs: { get } as never }, reads: () => reads };
}

it("reads ever less often, up to every half second", () => {
  const next = pollIntervals();
  const first = [next(), next(), next()].map(Math.round);
  expect(first).toEqual([20, 26, 34]);
  for (let i = 0; i < 20; i++) next();
  expect(next()).toBe(500);
});

it("returns the job once it is over", async () => {
  const { clock, queued, dependencies, reads } = setUp(3);
  const job = await waitForJob(queued, dependencies, { until: clock.now() + 60_000 });
  expect([job.status, reads()]).toEqual(["succeeded", 3]);
});

it("returns it as it is when the time is up, or the client has disconnected", async () => {
  const { clock, queued, dependencies, reads } = setUp(Infinity);
  expect((await waitForJob(queued, dependencies, { until: clock.now() + 100 })).status).toBe("queued");
  const before = reads();
  const signal = AbortSignal.abort();
  expect((await waitForJob(queued, dependencies, { until: clock.now() + 60_000, signal })).status).toBe("queued");
  expect(reads()).toBe(before);
});
