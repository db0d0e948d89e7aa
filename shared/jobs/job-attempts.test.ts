import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { WorkerPaces } from "../fair-queue/model-pace.ts";
import type { Job } from "../job.ts";
import { attemptCalls } from "./job-attempts.ts";
import { StoredJobs } from "./stored-jobs.ts";

const times = { leaseMs: 1_000, maxFailures: 2 };
let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let jobs: StoredJobs;
let calls: ReturnType<typeof attemptCalls>;
let job: Job;
beforeEach(async () => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  jobs = new StoredJobs({ items, clock, times, resendMs: 500, askMs: 1_000, recordsS: 3_600, maxUnfinished: 100 });
  calls = attemptCalls(jobs, new WorkerPaces(items, clock));
  job = sampleJob("1", clock.now());
  await items.write(await jobs.writesOf(undefined, { job, events: [] }));
});
afterEach(() => items.close());

const claim = async () => {
  const claimed = await calls.claim(job.id, "w");
  if (claimed.outcome !== "claimed") throw new Error(`expected to claim, got ${claimed.outcome}`);
  return claimed.job;
};
const crash = { code: "engine_failed", message: "m", retryable: true };

it("is given to one worker until its lease ends", async () => {
  const held = await claim();
  expect(await calls.claim(job.id, "w2")).toEqual({ outcome: "held", leaseUntil: held.leaseUntil });
  clock.advance(999);
  await calls.heartbeat(held);
  clock.advance(999);
  expect(await calls.claim(job.id, "w2"), "renewed").toMatchObject({ outcome: "held" });
  clock.advance(1);
  expect(await calls.claim(job.id, "w2")).toMatchObject({ outcome: "claimed", job: { attempt: 2, failures: 1 } });
  await expect(calls.succeed(held, { images: [], warnings: [], inferenceMs: 1 })).rejects.toMatchObject({
    code: "lease_lost",
  });
});

it("says what became of a job that cannot be taken", async () => {
  expect(await calls.claim("job_unknown", "w")).toEqual({ outcome: "unknown" });
  await calls.succeed(await claim(), { images: [], warnings: [], inferenceMs: 1 });
  expect(await calls.claim(job.id, "w")).toMatchObject({ outcome: "over", job: { status: "succeeded" } });
});

it("is exhausted once its failures are used up", async () => {
  await calls.fail(await claim(), crash);
  await calls.fail(await claim(), crash);
  expect(await calls.claim(job.id, "w")).toMatchObject({
    outcome: "exhausted",
    job: { status: "failed", failures: 2 },
  });
});

it("goes back to the queue when its worker stops, unless it is to be canceled", async () => {
  expect(await calls.giveBack(await claim())).toMatchObject({ status: "queued", failures: 0 });
  const held = await claim();
  await jobs.transition(job.id, ({ job: found }) => ({ job: { ...found, cancelRequestedAt: 1 }, events: [] }));
  expect(await calls.giveBack(held)).toMatchObject({ status: "canceled" });
});
