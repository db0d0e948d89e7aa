import { expect, it } from "vitest";
import { sampleJob, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import { jobWrites, toStored, withCharge } from "./job-records.ts";

const now = 1_000_000;
const hour = 3_600_000;

/** When the sweep looks at a job again, written at `now`. */
async function checkAt(changes: Partial<Job>, change: { sent?: boolean } = {}) {
  const items = openEmbeddedItems(":memory:");
  const job = sampleJob("1", now, changes);
  const [record] = await jobWrites({ items, now, resendMs: 500, askMs: 1_000, recordsS: 3_600 }, undefined, {
    job,
    events: [],
    ...change,
  });
  await items.close();
  return record !== undefined && "put" in record ? record.put.dueAt : undefined;
}

it.each<[string, Partial<Job>, { sent?: boolean }, number | undefined]>([
  ["whose message is not known to be sent soon", {}, {}, now + 500],
  ["whose message was sent after a while", {}, { sent: true }, now + 1_000],
  ["at its deadline", { deadlineAt: now + hour }, { sent: true }, now + hour],
  ["at its deadline where that is sooner", { deadlineAt: now + 9 }, {}, now + 9],
  ["that was begun in time not for its deadline", { deadlineAt: now + 9, startedAt: now }, { sent: true }, now + 1_000],
  ["that waits less and less often", { createdAt: now - hour }, { sent: true }, now + hour],
  ["that runs a second after its lease", { status: "running", leaseUntil: now + 100 }, {}, now + 1_100],
  ["that is over never", { status: "canceled" }, {}, undefined],
])("checks a job %s", async (_, changes, change, expected) => {
  expect(await checkAt(changes, change)).toBe(expected);
});

it("numbers events after those before", async () => {
  const items = openEmbeddedItems(":memory:");
  const writing = { items, now, resendMs: 500, askMs: 1_000, recordsS: 3_600 };
  const job = sampleJob("1", now);
  await items.write(await jobWrites(writing, undefined, { job, events: [{ type: "queued", data: {} }] }));
  const before = toStored((await items.get({ pk: "JOB#job_1", sk: "META" }))!);
  const running = { ...job, status: "running", attempt: 1, leaseUntil: now + 100 } as const;
  const started = { job: running, events: [{ type: "started", data: { attempt: 1 } }] } as const;
  await items.write(await jobWrites({ ...writing, now: now + 7 }, before, started));
  const after = toStored((await items.get({ pk: "JOB#job_1", sk: "META" }))!);
  expect([before.lastSeq, after.lastSeq]).toEqual([1, 2]);
  await items.close();
});

it("charges a job once, when it ends", () => {
  const job = sampleJob("1", now, { price: samplePrice });
  const ended = { job: { ...job, status: "succeeded" }, events: [] } as const;
  expect(withCharge(job, ended).job.charged).toBe(samplePrice.amount);
  expect(withCharge(ended.job, ended)).toBe(ended);
  expect(
    withCharge({ ...job, price: undefined }, { ...ended, job: { ...ended.job, price: undefined } }).job.charged,
  ).toBe(undefined);
});
