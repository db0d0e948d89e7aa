import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import { createJobStore } from "../jobs/create-job-store.ts";
import { beforeInLine, readLane } from "./lane-state.ts";
import { workOf } from "./waiting-line.ts";

let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let jobs: ReturnType<typeof createJobStore>;
let last: number;
beforeEach(() => {
  last = 0;
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  jobs = createJobStore({ items, clock, accountWindow: 1 });
});
afterEach(() => items.close());

async function submit(accountId: string): Promise<Job> {
  clock.advance(1);
  const job = sampleJob(String(++last).padStart(26, "0"), clock.now(), { accountId });
  await jobs.submit({ job });
  return job;
}

it("tells jobs in the queue, jobs being drawn and jobs in line apart", async () => {
  const [first, second, ,] = [
    await submit("acc_1"),
    await submit("acc_2"),
    await submit("acc_2"),
    await submit("acc_2"),
  ];
  await jobs.claim(first.id, "w");
  const work = workOf(first.params);
  expect(await readLane(items, "interactive")).toEqual({
    ready: [{ jobId: second.id, work }],
    drawing: [{ jobId: first.id, work, begunAt: clock.now() }],
    lines: [{ id: "acc_2", weight: 1, jobs: 2, work: 2 * work }],
  });
  expect(await readLane(items, "batch")).toEqual({ ready: [], drawing: [], lines: [] });
});

it("counts the jobs before a job in its own account's line", async () => {
  const submitted: Job[] = [];
  for (let i = 0; i < 4; i++) submitted.push(await submit("acc_1"));
  await submit("acc_2");
  const work = workOf(submitted[0]!.params);
  expect(await beforeInLine(items, submitted[0]!), "it is in the queue").toBeUndefined();
  expect(await beforeInLine(items, submitted[1]!)).toEqual({ jobs: 0, work: 0 });
  await jobs.requestCancel(submitted[1]!.id);
  expect(await beforeInLine(items, submitted[3]!)).toEqual({ jobs: 1, work });
});

it("estimates the number for a job far back", async () => {
  const submitted: Job[] = [];
  for (let i = 0; i < 71; i++) submitted.push(await submit("acc_1"));
  const work = workOf(submitted[0]!.params);
  // The 70th of a line of 70: 69 before it.
  expect(await beforeInLine(items, submitted[70]!)).toEqual({ jobs: 69, work: expect.closeTo(69 * work, 6) });
});
