import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleJob, sampleParams, samplePrice } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import { auditAccount } from "../money/audit-ledger.ts";
import { WebhookEndpoints } from "../webhooks/webhook-endpoints.ts";
import { createJobStore } from "./create-job-store.ts";
import type { JobStore } from "./job-store.ts";
import { watchMs } from "./watched-jobs.ts";

const leaseMs = 60_000;
/** Of the sample job: a step costs 12.5 micro-units. */
const eighths = { step: 3, total: 8 };
const clock = manualClock();
let items: EmbeddedItems;
let jobs: JobStore;

beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  jobs = createJobStore({ items, clock, leaseMs });
});
afterEach(() => items.close());

async function submit(changes: Partial<Job> = {}): Promise<string> {
  const params = { ...sampleParams, steps: 8 };
  const job = sampleJob("1", clock.now(), { price: samplePrice, params, ...changes });
  await jobs.submit({ job, terms: { unlimited: true } });
  return job.id;
}

async function claim(id: string, worker = "w1"): Promise<Job> {
  const claim = await jobs.claim(id, worker);
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  return claim.job;
}

describe("a look", () => {
  it("tells until when the job is watched, also by those who came before it was begun, and of a cancel", async () => {
    const id = await submit();
    const until = clock.now() + watchMs;
    await jobs.watch(id);
    const held = await claim(id);
    expect(await jobs.look(held)).toMatchObject({ watchedUntil: until, job: { id, attempt: 1 } });
    clock.advance(1_000);
    await jobs.watch(id);
    await jobs.requestCancel(id);
    const again = await jobs.look(held);
    expect(again.watchedUntil).toBe(until + 1_000);
    expect(again.job.cancelRequestedAt).toBe(clock.now());
  });

  it("finds who watches from the submission on", async () => {
    const job = sampleJob("1", clock.now());
    await jobs.submit({ job, watched: true });
    expect((await jobs.look(await claim(job.id))).watchedUntil).toBe(clock.now() + watchMs);
  });

  it("finds nobody where nobody watched", async () => {
    expect((await jobs.look(await claim(await submit()))).watchedUntil).toBe(0);
  });

  it("is fenced, and the next worker finds who watched before the first one died", async () => {
    const id = await submit();
    const first = await claim(id);
    clock.advance(leaseMs - 1_000);
    await jobs.watch(id);
    clock.advance(1_001);
    const second = await claim(id, "w2");
    expect((await jobs.look(second)).watchedUntil).toBeGreaterThan(clock.now());
    await expect(jobs.look(first)).rejects.toMatchObject({ code: "lease_lost" });
  });

  it("leaves the job's record as it was, and when it is due", async () => {
    const id = await submit();
    const key = { pk: `JOB#${id}`, sk: "META" };
    const before = await items.get(key);
    clock.advance(5_000);
    await jobs.watch(id);
    expect(await items.get(key)).toEqual(before);
  });
});

describe("steps that nobody watched are charged as they were done", () => {
  it.each([
    ["with the cancel", (held: Job) => jobs.cancel(held, eighths), 50],
    [
      "with the failure that its request caused",
      (held: Job) => jobs.fail(held, { code: "x", message: "x", retryable: false, callersFault: true }, eighths),
      50,
    ],
    [
      "with a give-back, where it was cancelled meanwhile",
      async (held: Job) => {
        await jobs.requestCancel(held.id);
        return jobs.giveBack(held, eighths);
      },
      50,
    ],
  ])("told %s", async (_, end, charged) => {
    const job = await end(await claim(await submit()));
    expect(job).toMatchObject({ charged, progress: eighths });
    expect((await auditAccount(items, job.accountId)).discrepancies).toEqual([]);
  });

  it("as its last heartbeat told them, where its worker died", async () => {
    const id = await submit();
    await jobs.heartbeat(await claim(id), eighths);
    await jobs.requestCancel(id);
    clock.advance(leaseMs + 1_001);
    const { ended } = await jobs.sweep(10);
    expect(ended).toMatchObject([{ id, status: "canceled", charged: 50, progress: eighths }]);
    expect((await auditAccount(items, ended[0]!.accountId)).discrepancies).toEqual([]);
  });
});

describe("webhooks watch", () => {
  it.each([
    [["job.progress", "job.succeeded"], true],
    [["job.succeeded"], false],
    [[], false],
  ])("where a job's own wants %j", async (events, tells) => {
    const id = await submit({ webhook: { url: "https://example.test", events } });
    expect(await jobs.tellsProgress(await claim(id))).toBe(tells);
  });

  it("where an endpoint of the account does that is switched on", async () => {
    const held = await claim(await submit());
    const endpoints = new WebhookEndpoints({ items, clock, newId: () => "1" });
    const { id } = await endpoints.create(held.accountId, { url: "https://example.test", events: ["job.progress"] });
    expect(await jobs.tellsProgress(held)).toBe(true);
    await endpoints.update(held.accountId, id, { enabled: false });
    expect(await jobs.tellsProgress(held)).toBe(false);
  });
});

it("gives the newest steps first", async () => {
  const held = await claim(await submit());
  for (const step of [1, 2, 3]) await jobs.progress(held, { type: "step", data: { step } }, eighths);
  await jobs.progress(held, { type: "image", data: { index: 0 } }, eighths);
  expect((await jobs.newestSteps(held.id, 3)).map(({ data }) => data.step)).toEqual([3, 2]);
});
