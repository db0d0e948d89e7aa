import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../../shared/embedded/queue.ts";
import { workOf } from "../../../shared/fair-queue/work-of.ts";
import type { Job } from "../../../shared/job.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { sendJob } from "../../../shared/jobs/job-message.ts";
import { createLaneQueue, type LaneQueue } from "../../../shared/ports/lane-queue.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { sampleJob, sampleParams, samplePrice } from "../../../test/support/api/sample-job.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryQueue } from "../../../test/support/memory-queue.ts";
import { QueueView } from "./queue-view.ts";

let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let queue: LaneQueue;
let jobs: ReturnType<typeof createJobStore>;
let lastId = 0;
beforeEach(() => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  const open = () => openEmbeddedQueue(":memory:", "jobs", { clock });
  queue = createLaneQueue({ interactive: open(), batch: open() });
  jobs = createJobStore({ items, clock });
});
afterEach(() => items.close());

const params = { ...sampleParams, width: 1_000, height: 1_000, steps: 8 };

function view(more: Partial<ConstructorParameters<typeof QueueView>[0]> = {}) {
  return new QueueView({ items, queue, clock, workers: 1, ...more });
}

async function submit(accountId = "acc_1", changes: Partial<Job> = {}) {
  const price = { ...samplePrice, amount: 0 };
  const { entered, sentBefore } = await view().room({ accountId, params, ...changes });
  const job = sampleJob(String(++lastId).padStart(26, "0"), clock.now(), {
    accountId,
    params,
    price,
    entered,
    sentBefore,
    ...changes,
  });
  await jobs.submit({ job });
  await sendJob(queue, job);
  return job;
}

/** A job that took a worker `ms`. */
async function drawn(ms: number) {
  const { id } = await submit("acc_0");
  const [message] = await queue.receive({ visibilityMs: 60_000 });
  const claim = await jobs.claim(id, "w");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  clock.advance(ms);
  await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: ms });
  await queue.delete(message!.receipt);
}

it("gives positions in the order of the queue, and no estimate before any job has succeeded", async () => {
  const [first, second, third] = [await submit(), await submit(), await submit("acc_2")];
  const places = await Promise.all([first, third, second].map((job) => view().place(job)));
  expect(places).toEqual([1, 2, 3].map((position) => ({ position, exact: true, etaMs: undefined })));
  expect(await view().place({ ...first, status: "running" })).toBeUndefined();
});

it("keeps a position for a second, so that polls do not each count the queue", async () => {
  const [first, second] = [await submit(), await submit()];
  const kept = view();
  expect(await kept.place(second)).toMatchObject({ position: 2 });
  const [message] = await queue.receive({ visibilityMs: 60_000 });
  expect(message!.body).toContain(first.id);
  expect(await kept.place(second)).toMatchObject({ position: 2 });
  clock.advance(1_000);
  expect(await kept.place(second)).toMatchObject({ position: 1 });
});

it("puts a batch job behind all that is interactive", async () => {
  const batch = await submit("acc_1", { lane: "batch" });
  await submit("acc_2");
  expect(await view().place(batch)).toMatchObject({ position: 2, exact: true });
});

it("estimates by the pace of the jobs that succeeded", async () => {
  await drawn(4_000);
  const [first, second] = [await submit(), await submit()];
  expect(await view().place(first)).toEqual({ position: 1, exact: true, etaMs: 0 });
  expect(await view().place(second)).toEqual({ position: 2, exact: true, etaMs: 2_000 });
  const works = [workOf(params), workOf(params)];
  const asked = { lane: "interactive", model: params.model, works } as const;
  expect(await view().finish({ accountId: "acc_9" }, asked), "in turn with the other account's two").toBe(14_000);
  expect(await view({ workers: 4 }).finish({ accountId: "acc_9" }, asked), "one worker draws each").toBe(4_000);
});

it("shares one snapshot for a second", async () => {
  await drawn(4_000);
  const shared = view();
  const position = async () => (await shared.place(batch))?.position;
  const batch = await submit("acc_1", { lane: "batch" });
  await submit();
  expect(await position()).toBe(2);
  await submit();
  clock.advance(999);
  expect(await position()).toBe(2);
  clock.advance(1);
  expect(await position()).toBe(3);
});

it("lets an account have so many unfinished jobs, and says when there is room for one more", async () => {
  const narrow = (accountId: string) => view({ maxUnfinished: 3 }).room({ accountId, params });
  expect(await narrow("acc_1")).toEqual({ open: 0, most: 3, entered: 0, retryAfterMs: 0 });
  for (let i = 0; i < 3; i++) await submit("acc_1");
  expect((await narrow("acc_1")).retryAfterMs, "unknown pace").toBe(5_000);
  expect((await narrow("acc_2")).retryAfterMs).toBe(0);
  await drawn(4_000);
  expect(await narrow("acc_1")).toEqual({ open: 3, most: 3, entered: 3, retryAfterMs: 4_000 });
  expect((await narrow("acc_0")).entered, "one has ended").toBe(1);
});

it("estimates where the queue counts no positions: what was sent before it, and turns", async () => {
  queue = createLaneQueue({ interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) });
  const own = [await submit(), await submit(), await submit()];
  await submit("acc_2");
  const place = async (job: Job) => view().place(job);
  expect(await Promise.all(own.map(place))).toEqual([1, 3, 4].map((position) => ({ position, exact: false })));
});

it("knows which accounts wait, and forgets those that have nothing left", async () => {
  queue = createLaneQueue({ interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) });
  const accounts = ["acc_1", "acc_2", "acc_3"].flatMap((account) => [account, account, account, account]);
  const waiting: Job[] = [];
  for (const account of accounts) waiting.push(await submit(account));
  const last = await submit("acc_4");
  expect(last.sentBefore).toBe(12);
  // The others were held back with more than a tenth each: one of theirs for each of its own, and one.
  expect((await view({ workers: 100 }).place(last))!.position).toBeGreaterThan(3);
  expect((await view({ workers: 100 }).place(last))!.position).toBeLessThan(6);
  const noted = async () => (await items.query({ index: "main", partition: "WAITING#interactive" })).items.length;
  expect(await noted(), "acc_4 has one job").toBe(3);
  for (const { id } of waiting.slice(0, 4)) await jobs.requestCancel(id);
  await view().place(last);
  expect(await noted(), "its next job may be under way").toBe(3);
  clock.advance(600_001);
  await view().place(last);
  expect(await noted()).toBe(2);
});

it("takes jobs though the queue cannot be reached", async () => {
  const away = { depth: () => Promise.reject(new Error("away")) } as unknown as Queue;
  expect(await view({ queue: away }).room({ accountId: "acc_1", params })).toMatchObject({ retryAfterMs: 0 });
});
