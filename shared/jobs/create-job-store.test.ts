import { describe, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job, JobImage } from "../job.ts";
import type { Clock } from "../ports/clock.ts";
import { deliveriesDue } from "../webhooks/webhook-outbox.ts";
import { createJobStore } from "./create-job-store.ts";

const leaseMs = 1000;

function setUp() {
  let now = 1_700_000_000_000;
  let ids = 0;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  const items = openEmbeddedItems(":memory:", { clock });
  const newId = () => String(++ids).padStart(26, "0");
  const jobs = createJobStore({ items, clock, leaseMs, resendAfterMs: 500 });
  const webhook = { url: "https://example.com/hook", events: [] };
  const newJob = (changes: Partial<Job> = {}) => sampleJob(newId(), now, { webhook, ...changes });
  return { jobs, items, newJob, advance: (ms: number) => (now += ms), now: () => now };
}

const image: JobImage = {
  index: 0,
  key: "o/job/0.png",
  width: 64,
  height: 64,
  format: "png",
  bytes: 100,
  sha256: "00",
  seed: 1,
};
const result = { images: [image], warnings: [], inferenceMs: 5 };

async function take(jobs: ReturnType<typeof createJobStore>, id: string, worker = "w1"): Promise<Job> {
  const claim = await jobs.claim(id, worker);
  if (claim.outcome !== "claimed") throw new Error(`expected to claim, got ${claim.outcome}`);
  return claim.job;
}

describe("a job's life", () => {
  it("goes from queued to succeeded, with a gapless history and one message in the outbox", async () => {
    const { jobs, items, newJob } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const held = await take(jobs, job.id);
    await jobs.progress(held, { type: "step", data: { step: 1, total: 1 } }, { step: 1, total: 1 });
    const done = await jobs.succeed(held, result);
    expect(done).toMatchObject({ status: "succeeded", attempt: 1, images: [image] });
    expect(done.leaseUntil).toBeUndefined();
    const events = await jobs.events(job.id, 0);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "queued"],
      [2, "started"],
      [3, "step"],
      [4, "done"],
    ]);
    expect(await jobs.events(job.id, 3)).toHaveLength(1);
    const due = await items.query({ index: "due", partition: deliveriesDue("acc_1") });
    expect(due.items.map(({ data }) => data.eventType)).toEqual(["job.succeeded"]);
  });

  it("fences a worker whose job was taken over", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const first = await take(jobs, job.id, "w1");
    expect(await jobs.claim(job.id, "w2")).toMatchObject({ outcome: "held" });
    advance(leaseMs + 1);
    const second = await take(jobs, job.id, "w2");
    expect(second).toMatchObject({ attempt: 2, failures: 1, workerId: "w2" });
    await expect(jobs.heartbeat(first)).rejects.toMatchObject({ code: "lease_lost" });
    await expect(jobs.succeed(first, result)).rejects.toMatchObject({ code: "lease_lost" });
    expect((await jobs.succeed(second, result)).status).toBe("succeeded");
    await expect(jobs.fail(second, { code: "x", message: "x", retryable: true })).rejects.toMatchObject({
      code: "lease_lost",
    });
  });

  it("gives up after three failures, a lost lease counted, and says why", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const error = { code: "adapter_unreachable", message: "no adapter", retryable: true };
    expect((await jobs.fail(await take(jobs, job.id), error)).status).toBe("queued");
    await take(jobs, job.id);
    advance(leaseMs + 1);
    expect(await jobs.fail(await take(jobs, job.id), error)).toMatchObject({
      status: "failed",
      failures: 3,
      error: { code: "adapter_unreachable", message: "no adapter" },
    });
  });

  it("is not tried on a third worker once two were lost with it, and says so", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    await take(jobs, job.id);
    advance(leaseMs + 1);
    await take(jobs, job.id);
    advance(leaseMs + 1);
    const claim = await jobs.claim(job.id, "w3");
    expect(claim).toMatchObject({
      outcome: "exhausted",
      job: {
        status: "failed",
        failures: 2,
        error: { code: "worker_lost", message: expect.stringContaining("2 attempts lost their worker") },
      },
    });
    expect(await jobs.claim(job.id, "w4"), "had w3 died before it could dead-letter").toEqual(claim);
  });

  it("fails at once when another try cannot help", async () => {
    const { jobs, newJob } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const failed = await jobs.fail(await take(jobs, job.id), {
      code: "non_finite_output",
      message: "NaN",
      retryable: false,
    });
    expect(failed).toMatchObject({ status: "failed", failures: 1, error: { code: "non_finite_output" } });
  });

  it("does not count a give-back as a failure", async () => {
    const { jobs, newJob } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    for (let round = 1; round <= 5; round++) {
      const held = await take(jobs, job.id);
      expect(held).toMatchObject({ attempt: round, failures: 0 });
      expect((await jobs.giveBack(held)).status).toBe("queued");
    }
  });
});

describe("cancelling", () => {
  it("ends a queued job at once and leaves a job that is over as it is", async () => {
    const { jobs, newJob } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    expect((await jobs.requestCancel(job.id)).status).toBe("canceled");
    expect((await jobs.requestCancel(job.id)).status).toBe("canceled");
    expect((await jobs.events(job.id, 0)).filter(({ type }) => type === "done")).toHaveLength(1);
    expect(await jobs.claim(job.id, "w1")).toMatchObject({ outcome: "over" });
  });

  it("tells the worker by its next heartbeat or step", async () => {
    const { jobs, newJob } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const held = await take(jobs, job.id);
    expect((await jobs.heartbeat(held)).cancelRequestedAt).toBeUndefined();
    expect((await jobs.requestCancel(job.id)).status).toBe("running");
    expect((await jobs.heartbeat(held)).cancelRequestedAt).toBeTypeOf("number");
    expect((await jobs.cancel(held)).status).toBe("canceled");
  });

  it("is kept when the worker dies before it could obey", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    await take(jobs, job.id);
    await jobs.requestCancel(job.id);
    advance(leaseMs + 1);
    expect(await jobs.claim(job.id, "w2")).toMatchObject({ outcome: "over", job: { status: "canceled" } });
  });
});

describe("idempotency keys", () => {
  it("give the first job again, refuse another body, and expire after a day", async () => {
    const { jobs, newJob, advance } = setUp();
    const idempotency = { key: "k", fingerprint: "f1" };
    const first = await jobs.submit({ job: newJob(), idempotency });
    const again = await jobs.submit({ job: newJob(), idempotency });
    expect(again).toMatchObject({ replayed: true, job: { id: first.job.id } });
    await expect(jobs.submit({ job: newJob(), idempotency: { key: "k", fingerprint: "f2" } })).rejects.toMatchObject({
      code: "idempotency_key_reused",
    });
    const other = await jobs.submit({ job: newJob({ accountId: "acc_2" }), idempotency });
    expect(other.replayed).toBe(false);
    advance(86_400_000 + 1000);
    expect((await jobs.submit({ job: newJob(), idempotency })).replayed).toBe(false);
  });

  it("make one job of twenty racing submits", async () => {
    const { jobs, newJob } = setUp();
    const idempotency = { key: "k", fingerprint: "f" };
    const results = await Promise.all(Array.from({ length: 20 }, () => jobs.submit({ job: newJob(), idempotency })));
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(results.map(({ job }) => job.id)).size).toBe(1);
  });
});

describe("the sweep", () => {
  it("sends again what was never sent, and not before its time", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    const sent = await jobs.submit({ job: newJob() });
    await jobs.confirmSent(sent.job.id);
    expect(await jobs.sweep(10)).toEqual({ resend: [], ended: [], waiting: 0, failed: 0 });
    advance(501);
    expect((await jobs.sweep(10)).resend).toMatchObject([{ id: job.id, status: "queued" }]);
    expect((await jobs.sweep(10)).resend).toEqual([]);
    advance(501);
    expect((await jobs.sweep(10)).resend).toMatchObject([{ id: job.id, status: "queued" }]);
  });

  it("requeues an expired lease and ends what has used up its failures", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    await take(jobs, job.id);
    advance(leaseMs + 1001);
    expect((await jobs.sweep(10)).resend).toMatchObject([{ id: job.id, status: "queued" }]);
    expect(await jobs.get(job.id)).toMatchObject({ status: "queued", failures: 1 });
    await take(jobs, job.id);
    advance(leaseMs + 1001);
    expect((await jobs.sweep(10)).ended).toMatchObject([{ id: job.id, status: "failed" }]);
    expect(await jobs.claim(job.id, "w1"), "its message is for the dead letters").toMatchObject({
      outcome: "exhausted",
    });
  });

  it("sends no job again that waits for its turn, and one that comes back until its message is there", async () => {
    const { jobs, newJob, advance } = setUp();
    const { job } = await jobs.submit({ job: newJob() });
    await jobs.confirmSent(job.id);
    advance(86_400_000);
    expect((await jobs.sweep(10)).resend).toEqual([]);
    await jobs.giveBack(await take(jobs, job.id));
    advance(501);
    expect((await jobs.sweep(10)).resend).toMatchObject([{ id: job.id }]);
    await jobs.confirmSent(job.id);
    advance(86_400_000);
    expect((await jobs.sweep(10)).resend).toEqual([]);
  });

  it("finds jobs of the version before, in line and running", async () => {
    const { jobs, items, newJob, advance, now } = setUp();
    const waiting = await jobs.submit({ job: newJob() });
    await jobs.confirmSent(waiting.job.id);
    const running = await jobs.submit({ job: newJob() });
    await take(jobs, running.job.id);
    for (const { job } of [waiting, running]) {
      // One partition for all of them, a check of those in line, and each line of the history an item.
      const { version: _, ...record } = (await items.get({ pk: `JOB#${job.id}`, sk: "META" }))!;
      const { history: _history, ...data } = record.data;
      const history = await jobs.events(job.id, 0);
      const put = { ...record, duePk: "DUE#jobs", dueAt: now() + 500, data: { ...data, waits: 0 } };
      const lines = history.map(({ seq, ...event }) => ({
        put: { pk: record.pk, sk: `EV#${String(seq).padStart(8, "0")}`, data: { seq, ...event } },
      }));
      await items.write([{ put }, ...lines]);
    }
    advance(leaseMs + 1_001);
    const { resend } = await jobs.sweep(10);
    expect(resend.map(({ id }) => id)).toEqual([running.job.id]);
    expect((await items.query({ index: "due", partition: "DUE#jobs" })).items).toEqual([]);
    const types = (await jobs.events(running.job.id, 0)).map(({ seq, type }) => `${seq} ${type}`);
    expect(types).toEqual(["1 queued", "2 started", "3 requeued"]);
    await jobs.succeed(await take(jobs, waiting.job.id), result);
  });

  it("expires a job that was not started in time", async () => {
    const { jobs, newJob, advance, now } = setUp();
    const { job } = await jobs.submit({ job: newJob({ deadlineAt: now() + 300 }) });
    advance(301);
    expect((await jobs.sweep(10)).ended).toMatchObject([{ id: job.id, status: "expired" }]);
    expect(await jobs.claim(job.id, "w1")).toMatchObject({ outcome: "over" });
  });
});
