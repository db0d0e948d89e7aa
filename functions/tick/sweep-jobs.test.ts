import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { sampleParams as params } from "../../test/support/api/sample-job.ts";
import { sweepJobs } from "./sweep-jobs.ts";

const resendAfterMs = 500;
const leaseMs = 1_000;
let now: number;
let items: Items;
let queue: Queue;
let jobs: JobStore;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  const clock: Clock = { now: () => now, sleep: async () => {} };
  items = openEmbeddedItems(":memory:", { clock });
  queue = openEmbeddedQueue(":memory:", "jobs", { clock });
  jobs = createJobStore({ items, clock, leaseMs, resendAfterMs });
});

afterEach(() => Promise.all([items.close(), queue.close()]));

async function submit(id: string, changes: Partial<Job> = {}): Promise<void> {
  const fresh = { attempt: 0, failures: 0, metadata: {}, images: [], warnings: [] };
  const owner = { accountId: "acc_1", keyId: "key_1" };
  await jobs.submit({ job: { id, ...owner, status: "queued", params, createdAt: now, ...fresh, ...changes } });
}

const bodies = async () => (await queue.receive({ max: 10, visibilityMs: 1 })).map(({ body }) => body);

it("sends the message that a crash between record and send left out, once", async () => {
  await submit("job_1");
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 0, failed: 0 });
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 0, failed: 0 });
  expect(await bodies()).toEqual([jobMessage("job_1")]);
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue }), "it is known to be sent now").toEqual({ resent: 0, ended: 0, failed: 0 });
});

it("tries again when the queue could not be reached", async () => {
  await submit("job_1");
  now += resendAfterMs;
  const unreachable = { ...queue, send: () => Promise.reject(new Error("ECONNREFUSED")) };
  await expect(sweepJobs({ jobs, queue: unreachable })).rejects.toThrow("ECONNREFUSED");
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 0, failed: 0 });
});

it("sends the jobs of lost workers again, and ends those that came too late", async () => {
  await submit("job_1");
  expect(await jobs.claim("job_1", "w1")).toMatchObject({ outcome: "claimed" });
  await submit("job_2", { deadlineAt: now + 200 });
  now += 10 * leaseMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 1, failed: 0 });
  expect(await bodies()).toEqual([jobMessage("job_1")]);
  expect(await jobs.get("job_1")).toMatchObject({ status: "queued", failures: 1 });
  expect(await jobs.get("job_2")).toMatchObject({ status: "expired" });
});

it("ends the jobs behind one that can never end, and sets that one aside with its reason", async () => {
  await submit("job_poison", { deadlineAt: now + 100 });
  await submit("job_2", { deadlineAt: now + 200 });
  const refusing: Items = {
    ...items,
    get: (key) => items.get(key),
    query: (query) => items.query(query),
    async write(writes) {
      const ends = writes.some(
        (write) => "put" in write && write.put.pk === "JOB#job_poison" && JSON.stringify(write.put).includes("expired"),
      );
      if (ends) throw new RangeError("an atomic write takes 1 to 100 writes, got 124");
      return items.write(writes);
    },
  };
  const clock = { now: () => now, sleep: async () => {} };
  const store = createJobStore({ items: refusing, clock, leaseMs, resendAfterMs });
  now += 200;
  expect(await sweepJobs({ jobs: store, queue })).toEqual({ resent: 0, ended: 1, failed: 1 });
  expect(await jobs.get("job_2")).toMatchObject({ status: "expired" });
  const aside = (await items.query({ index: "main", partition: "ASIDE" })).items;
  expect(aside.map(({ data }) => data)).toMatchObject([
    { kind: "job", id: "job_poison", count: 1, reason: expect.stringContaining("got 124"), nextAt: now + 5_000 },
  ]);
  // It is out of the way until then, and ends once nothing refuses it.
  expect(await sweepJobs({ jobs: store, queue })).toEqual({ resent: 0, ended: 0, failed: 0 });
  now += 5_000;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 1, failed: 0 });
  expect((await items.query({ index: "main", partition: "ASIDE" })).items).toEqual([]);
});

it("ends a job of an account with more endpoints than a transaction takes rows", async () => {
  for (let i = 0; i < 120; i++) {
    const id = `whe_${i}`;
    const endpoint = { id, accountId: "acc_1", url: "https://example.com/", enabled: true, events: [], secrets: [] };
    await items.write([{ put: { pk: "ACC#acc_1", sk: `WHE#${id}`, data: endpoint } }]);
  }
  await submit("job_1", { deadlineAt: now + 200 });
  now += 200;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 1, failed: 0 });
});

it("sends the messages behind one that the queue refuses", async () => {
  await submit("job_1");
  await submit("job_2");
  now += resendAfterMs;
  const refusing: Queue = {
    ...queue,
    receive: (options) => queue.receive(options),
    send: (body, options) =>
      body.includes("job_1") ? Promise.reject(new Error("refused")) : queue.send(body, options),
  };
  await expect(sweepJobs({ jobs, queue: refusing })).rejects.toThrow("refused");
  expect(await bodies()).toEqual([jobMessage("job_2")]);
});
