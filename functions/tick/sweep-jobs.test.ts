import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { sampleParams as params, samplePrice } from "../../test/support/api/sample-job.ts";
import { sweepJobs } from "./sweep-jobs.ts";

const resendAfterMs = 500;
const askAfterMs = 5_000;
const leaseMs = 1_000;
let now: number;
let items: Items;
let queue: Queue;
let clock: Clock;
let jobs: JobStore;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  clock = { now: () => now, sleep: async () => {} };
  items = openEmbeddedItems(":memory:", { clock });
  queue = openEmbeddedQueue(":memory:", "jobs", { clock });
  jobs = createJobStore({ items, clock, leaseMs, resendAfterMs, askAfterMs });
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
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 0, waiting: 0, failed: 0 });
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 0, waiting: 0, failed: 0 });
  expect(await bodies()).toEqual([jobMessage("job_1")]);
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue }), "it is known to be sent now").toEqual({
    resent: 0,
    ended: 0,
    waiting: 0,
    failed: 0,
  });
});

it("tries again when the queue could not be reached", async () => {
  await submit("job_1");
  now += resendAfterMs;
  const unreachable = { ...queue, send: () => Promise.reject(new Error("ECONNREFUSED")) };
  await expect(sweepJobs({ jobs, queue: unreachable })).rejects.toThrow("ECONNREFUSED");
  now += resendAfterMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 0, waiting: 0, failed: 0 });
});

describe("a message that is lost in the queue", () => {
  const sweep = () => sweepJobs({ jobs, queue });
  const take = async () => (await queue.receive({ visibilityMs: 60_000 }))[0]!;
  async function send(id: string, changes: Partial<Job> = {}): Promise<void> {
    await submit(id, { price: { ...samplePrice, amount: 10 }, ...changes });
    await queue.send(jobMessage(id));
    await jobs.confirmSent(id);
  }
  async function draw(): Promise<void> {
    const { body, receipt } = await take();
    const { jobId } = JSON.parse(body) as { jobId: string };
    const claim = await jobs.claim(jobId, "w1");
    if (claim.outcome === "claimed") await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
    await queue.delete(receipt);
  }
  beforeEach(async () => {
    await items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1" } } }]);
    await new Accounts({ items, clock }).credit("acc_1", { amount: 10_000, reference: "first" });
  });

  it.each(["deleted", "a dead letter"])("because it was %s, is sent again: the job ends, charged once", async (how) => {
    await send("job_1");
    const lost = await take();
    await (how === "deleted" ? queue.delete(lost.receipt) : queue.deadLetter(lost, "no store"));
    now += askAfterMs - 1;
    expect(await sweep()).toMatchObject({ resent: 0, waiting: 0 });
    now += 1;
    expect(await sweep()).toMatchObject({ resent: 1 });
    await draw();
    now += 10 * askAfterMs;
    expect(await sweep()).toMatchObject({ resent: 0, ended: 0, waiting: 0 });
    expect((await jobs.get("job_1"))?.status).toBe("succeeded");
    expect(await auditAccount(items, "acc_1")).toMatchObject({ discrepancies: [], held: 0, available: 9_990 });
  });

  it("is sent again once every job that its account sent before is over, while others wait and are drawn", async () => {
    await send("job_1", { entered: 0 });
    await send("job_2", { entered: 1 });
    await send("job_3", { entered: 2 });
    await draw();
    await queue.delete((await take()).receipt);
    now += askAfterMs;
    expect(await sweep(), "no worker draws").toMatchObject({ resent: 0, waiting: 2 });
    await take();
    now += 2 * askAfterMs;
    expect(await sweep(), "job_3 waits for job_2").toMatchObject({ resent: 1, waiting: 1 });
    expect((await take()).body).toBe(jobMessage("job_2"));
  });

  it("is not looked for while it may come: less and less often, and behind all deadlines", async () => {
    for (let i = 0; i < 120; i++) await send(`job_${i}`, { entered: i });
    await send("job_late", { entered: 120, deadlineAt: now + 2 * askAfterMs });
    now += askAfterMs;
    expect(await sweep()).toMatchObject({ resent: 0, waiting: 100 });
    now += askAfterMs;
    expect(await sweep()).toMatchObject({ ended: 1, waiting: 99 });
    expect(await queue.depth()).toMatchObject({ visible: 121 });
  });
});

it("sends the jobs of lost workers again, and ends those that came too late", async () => {
  await submit("job_1");
  expect(await jobs.claim("job_1", "w1")).toMatchObject({ outcome: "claimed" });
  await submit("job_2", { deadlineAt: now + 200 });
  now += 10 * leaseMs;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 1, ended: 1, waiting: 0, failed: 0 });
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
  expect(await sweepJobs({ jobs: store, queue })).toEqual({ resent: 0, ended: 1, waiting: 0, failed: 1 });
  expect(await jobs.get("job_2")).toMatchObject({ status: "expired" });
  const aside = (await items.query({ index: "main", partition: "ASIDE" })).items;
  expect(aside.map(({ data }) => data)).toMatchObject([
    { kind: "job", id: "job_poison", count: 1, reason: expect.stringContaining("got 124"), nextAt: now + 5_000 },
  ]);
  // It is out of the way until then, and ends once nothing refuses it.
  expect(await sweepJobs({ jobs: store, queue })).toEqual({ resent: 0, ended: 0, waiting: 0, failed: 0 });
  now += 5_000;
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 1, waiting: 0, failed: 0 });
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
  expect(await sweepJobs({ jobs, queue })).toEqual({ resent: 0, ended: 1, waiting: 0, failed: 0 });
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
