import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { activePartition } from "../../shared/fair-queue/waiting-line.ts";
import type { Lane } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { createLaneQueue } from "../../shared/ports/lane-queue.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { countWaiting } from "./count-waiting.ts";
import { LaneFeeder } from "./feed-lanes.ts";

let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let jobs: ReturnType<typeof createJobStore>;
let queues: Record<Lane, ReturnType<typeof openEmbeddedQueue>>;
let lastId: number;
beforeEach(() => {
  clock = manualClock();
  lastId = 0;
  items = openEmbeddedItems(":memory:", { clock });
  // No job of an account goes straight to the queue while another of it is there.
  jobs = createJobStore({ items, clock, accountWindow: 1 });
  const open = (name: string) => openEmbeddedQueue(":memory:", name, { clock });
  queues = { interactive: open("jobs"), batch: open("jobs-batch") };
});
afterEach(async () => {
  await Promise.all([items.close(), queues.interactive.close(), queues.batch.close()]);
});

async function submit(accountId: string, lane: Lane = "interactive") {
  clock.advance(1);
  const job = sampleJob(String(++lastId).padStart(26, "0"), clock.now(), { accountId, lane });
  await jobs.submit({ job });
  return job.id;
}

const feeder = (window: number) => new LaneFeeder({ items, jobs, queue: createLaneQueue(queues), window });
const waiting = () => countWaiting(items, clock.now(), 10);

/** Ids in the queue of a lane. */
async function queued(lane: Lane) {
  const ids: string[] = [];
  for (;;) {
    const messages = await queues[lane].receive({ max: 10, waitMs: 0, visibilityMs: 60_000 });
    if (messages.length === 0) return ids;
    for (const { body } of messages) {
      const parsed = parseJobMessage(body);
      if ("jobId" in parsed) ids.push(parsed.jobId);
    }
  }
}

it("fills the window of each lane, by turns of the accounts", async () => {
  for (const accountId of ["acc_1", "acc_1", "acc_1", "acc_2", "acc_2"]) await submit(accountId);
  await submit("acc_1", "batch");
  await submit("acc_1", "batch");
  // The first job of each account and lane does not wait; of the other four, one finds no room.
  expect(await waiting()).toBe(4);
  expect(await feeder(2).feed()).toBe(3);
  expect(await waiting()).toBe(1);
  expect(await queued("batch")).toHaveLength(1);
  const ids = await queued("interactive");
  expect(ids).toHaveLength(2);
  const owners = await Promise.all(ids.map(async (id) => (await jobs.get(id))?.accountId));
  expect(owners.sort()).toEqual(["acc_1", "acc_2"]);
});

it("releases nothing while the window is full, and nothing where nobody waits", async () => {
  expect(await feeder(2).feed()).toBe(0);
  for (let i = 0; i < 3; i++) await submit("acc_1");
  for (let i = 0; i < 2; i++) await queues.interactive.send("x");
  const before = await waiting();
  expect([await feeder(2).feed(), await waiting()]).toEqual([0, before]);
});

it("two feeders at once release no job twice", async () => {
  for (let i = 0; i < 5; i++) await submit("acc_1");
  const before = await waiting();
  const released = await Promise.all([feeder(10).feed(), feeder(10).feed()]);
  expect(released[0]! + released[1]!).toBe(before);
  const ids = await queued("interactive");
  expect(new Set(ids).size).toBe(ids.length);
});

it("forgets an account once nobody of it waits", async () => {
  for (let i = 0; i < 3; i++) await submit("acc_1");
  const active = async () =>
    (await items.query({ index: "main", partition: activePartition("interactive"), limit: 10 })).items.length;
  expect(await active()).toBe(1);
  await feeder(10).feed();
  expect(await active()).toBe(1);
  await feeder(10).feed();
  expect(await active()).toBe(0);
});
