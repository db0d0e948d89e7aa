import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../../shared/embedded/queue.ts";
import { workOf } from "../../../shared/fair-queue/waiting-line.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { sampleJob, sampleParams } from "../../../test/support/api/sample-job.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { QueueView } from "./queue-view.ts";

let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let jobs: ReturnType<typeof createJobStore>;
let lastId = 0;
beforeEach(() => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  jobs = createJobStore({ items, clock, accountWindow: 1 });
});
afterEach(() => items.close());

const params = { ...sampleParams, width: 1_000, height: 1_000, steps: 8 };

function view(more: Partial<ConstructorParameters<typeof QueueView>[0]> = {}) {
  const queue = openEmbeddedQueue(":memory:", "jobs", { clock });
  return new QueueView({ items, queue, clock, workers: 1, ...more });
}

async function submit(accountId = "acc_1") {
  const job = sampleJob(String(++lastId).padStart(26, "0"), clock.now(), { accountId, params });
  await jobs.submit({ job });
  return job;
}

/** A job that took a worker `ms`. */
async function drawn(ms: number) {
  const { id } = await submit("acc_0");
  const claim = await jobs.claim(id, "w");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  clock.advance(ms);
  await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: ms });
}

it("gives positions in the order of the queue, and no estimate before any job has succeeded", async () => {
  const [first, second, third] = [await submit(), await submit(), await submit()];
  const places = await Promise.all([first, second, third].map((job) => view().place(job)));
  expect(places).toEqual([1, 2, 3].map((position) => ({ position, etaMs: undefined })));
  expect(await view().place({ ...first, status: "running" })).toBeUndefined();
});

it("estimates by the pace of the jobs that succeeded", async () => {
  await drawn(4_000);
  const [first, second] = [await submit(), await submit()];
  expect(await view().place(first)).toEqual({ position: 1, etaMs: 0 });
  expect(await view().place(second)).toEqual({ position: 2, etaMs: 4_000 });
  const works = [workOf(params), workOf(params)];
  const identity = { accountId: "acc_9", terms: {} };
  const asked = { lane: "interactive", model: params.model, works } as const;
  expect(await view().finish(identity, asked), "behind those of the other account, fairly").toBeGreaterThan(8_000);
});

it("shares one snapshot for a second", async () => {
  const shared = view();
  const waiting = async () => (await shared.room(sampleJob("x", clock.now()))).waiting;
  await submit();
  expect(await waiting()).toBe(1);
  await submit();
  clock.advance(999);
  expect(await waiting()).toBe(1);
  clock.advance(1);
  expect(await waiting()).toBe(2);
});

it("lets an account fill half of the room that is left, and says when there will be more", async () => {
  const narrow = () => view({ maxWaiting: { interactive: 4, batch: 4 } });
  const room = async (accountId: string) => narrow().room(sampleJob("x", clock.now(), { accountId, params }));
  expect(await room("acc_1")).toEqual({ waiting: 0, retryAfterMs: 0 });
  for (let i = 0; i < 3; i++) await submit("acc_1");
  expect((await room("acc_1")).retryAfterMs, "unknown pace").toBe(5_000);
  expect((await room("acc_2")).retryAfterMs).toBe(0);
});

it("takes jobs though the queue cannot be reached", async () => {
  const queue = { depth: () => Promise.reject(new Error("away")) } as never;
  expect(await view({ queue }).room(sampleJob("x", clock.now()))).toEqual({ waiting: 0, retryAfterMs: 0 });
});
