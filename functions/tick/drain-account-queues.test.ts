import { afterEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job, Lane } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import type { Json, Write } from "../../shared/ports/items.ts";
import { createLaneQueue } from "../../shared/ports/lane-queue.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import { drainAccountQueues } from "./drain-account-queues.ts";

const clock = manualClock();
const items = openEmbeddedItems(":memory:", { clock });
const jobs = createJobStore({ items, clock });
const queue = createLaneQueue({ interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) });
afterEach(() => items.close());

/** A job in its account's line, in the queue, or with a worker, as the version with lines wrote it. */
function oldRecord(
  id: string,
  place: "waiting" | "ready" | "drawing",
  lane: Lane,
  changes: Partial<Job> = {},
): Write[] {
  const job = sampleJob(id.padStart(26, "0"), clock.now(), { lane, ...changes });
  const at = new Date(clock.now()).toISOString();
  const line = place === "waiting" ? { place } : { place, releasedAt: clock.now() };
  const row = { jobId: job.id, work: 1 };
  return [
    {
      put: {
        pk: `JOB#${job.id}`,
        sk: "META",
        gpk: "ACC#acc_1#JOBS",
        gsk: `${at}#${job.id}`,
        duePk: "DUE#jobs",
        dueAt: clock.now() + 6 * 3_600_000,
        data: { job: job as unknown as Json, lastSeq: 1, sent: place !== "waiting", waits: 0, line },
      },
    },
    place === "waiting"
      ? { put: { pk: `WAIT#${lane}#acc_1`, sk: `${at}#${job.id}`, data: { ...row, entered: 0 } } }
      : { put: { pk: `RELEASED#${lane}`, sk: `${at}#${job.id}`, data: row } },
  ];
}

it("sends the jobs that the version before kept in lines, and leaves none of its rows", async () => {
  await items.write([
    ...oldRecord("1", "waiting", "interactive"),
    ...oldRecord("2", "waiting", "interactive", { status: "canceled", finishedAt: 1 }),
    ...oldRecord("3", "waiting", "batch"),
    ...oldRecord("4", "ready", "interactive"),
    ...oldRecord("5", "drawing", "batch", { status: "running", attempt: 1, leaseUntil: clock.now() + 60_000 }),
    { put: { pk: "ACTIVE#interactive", sk: "acc_1", data: { weight: 1 } } },
    { put: { pk: "ACTIVE#batch", sk: "acc_1", data: { weight: 1 } } },
    { put: { pk: "ACC#acc_1", sk: "LINE#interactive", data: { waiting: 2, work: 2, ready: 1 } } },
    { put: { pk: "ACC#acc_1", sk: "LINE#batch", data: { waiting: 1, work: 1, ready: 0 } } },
  ]);
  expect(await drainAccountQueues({ items, jobs, queue })).toBe(2);
  const sent = async (lane: Lane) =>
    (await queue.lanes[lane].receive({ max: 10, visibilityMs: 1_000 })).map(({ body }) => parseJobMessage(body));
  expect(await sent("interactive")).toEqual([{ jobId: "job_00000000000000000000000001" }]);
  expect(await sent("batch")).toEqual([{ jobId: "job_00000000000000000000000003" }]);
  for (const lane of ["interactive", "batch"]) {
    for (const partition of [`WAIT#${lane}#acc_1`, `RELEASED#${lane}`, `ACTIVE#${lane}`]) {
      expect((await items.query({ index: "main", partition })).items, partition).toEqual([]);
    }
    expect(await items.get({ pk: "ACC#acc_1", sk: `LINE#${lane}` })).toBeUndefined();
  }
  const claim = await jobs.claim("job_00000000000000000000000001", "w");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  const done = await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 5 });
  expect(done.status).toBe("succeeded");
  expect(await drainAccountQueues({ items, jobs, queue }), "nothing is left").toBe(0);
});
