import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { countWaiting } from "../../functions/tick/count-waiting.ts";
import { LaneFeeder } from "../../functions/tick/feed-lanes.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { readLane } from "../../shared/fair-queue/lane-state.ts";
import type { Job, Lane } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Items } from "../../shared/ports/items.ts";
import { createLaneQueue, type LaneQueue } from "../../shared/ports/lane-queue.ts";
import { sampleJob } from "../support/api/sample-job.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";

const startedAt = Date.UTC(2026, 0, 1);
const leaseMs = 60_000;

/** Lines, feeder, places and their counts over one `items` driver. */
export function lanesConformance(name: string, open: () => Promise<Items>): void {
  describe(`lanes over ${name}`, () => {
    let items: Items;
    let now: number;
    let ids: number;
    let queue: LaneQueue;
    let jobs: JobStore;
    const clock = { now: () => now, sleep: async () => {} };
    beforeEach(async () => {
      items = await open();
      now = startedAt;
      ids = 0;
      queue = createLaneQueue({ interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) });
      jobs = createJobStore({ items, clock, leaseMs, accountWindow: 1 });
    });
    afterEach(() => items.close());

    /** As the API does. */
    async function submit(accountId: string, changes: Partial<Job> = {}, weight = 1): Promise<Job> {
      now += 1;
      const job = sampleJob(String(++ids).padStart(26, "0"), now, { accountId, lane: "interactive", ...changes });
      const { waiting } = await jobs.submit({ job, weight });
      if (!waiting) {
        await queue.send(JSON.stringify({ v: 1, jobId: job.id }), { lane: job.lane ?? "interactive" });
        await jobs.confirmSent(job.id);
      }
      return job;
    }
    const feeder = (window: number) => new LaneFeeder({ items, jobs, queue, window });
    async function take(lane: Lane = "interactive"): Promise<Job | undefined> {
      const [message] = await queue.lanes[lane].receive({ visibilityMs: leaseMs });
      if (message === undefined) return undefined;
      await queue.lanes[lane].delete(message.receipt);
      const parsed = parseJobMessage(message.body);
      const claim = await jobs.claim("jobId" in parsed ? parsed.jobId : "", "w");
      return claim.outcome === "claimed" ? claim.job : undefined;
    }
    const view = () => new QueueView({ items, queue, clock, workers: 1 });
    const done = { images: [], warnings: [], inferenceMs: 1 };

    it("sends the message of a released job with the trace of its request", async () => {
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      await submit("a");
      const waiting = await submit("a", { traceparent });
      await take();
      expect(await feeder(1).feed()).toBe(1);
      const [message] = await queue.lanes.interactive.receive({ visibilityMs: leaseMs });
      expect(parseJobMessage(message?.body ?? "")).toEqual({ jobId: waiting.id, traceparent });
    });

    it("lets accounts into the queue by turns, in proportion to their weights, and each in its order", async () => {
      const mine: { [account: string]: string[] } = { acc_1: [], acc_2: [] };
      for (let i = 0; i < 4; i++) mine.acc_1!.push((await submit("acc_1")).id);
      for (let i = 0; i < 4; i++) mine.acc_2!.push((await submit("acc_2", {}, 2)).id);
      expect(await countWaiting(items, now, 10)).toBe(6);
      const begun: Job[] = [];
      const one = feeder(3);
      for (let round = 0; begun.length < 8 && round < 30; round++) {
        await one.feed();
        expect((await queue.lanes.interactive.depth()).visible).toBeLessThanOrEqual(3);
        const job = await take();
        if (job) begun.push(await jobs.succeed(job, done));
      }
      for (const account of ["acc_1", "acc_2"]) {
        expect(begun.filter(({ accountId }) => accountId === account).map(({ id }) => id)).toEqual(mine[account]);
      }
      const early = begun.slice(2, 5).filter(({ accountId }) => accountId === "acc_2");
      expect(early.length, "twice the weight").toBe(2);
      expect(await countWaiting(items, now, 10)).toBe(0);
      const lane = await readLane(items, "interactive");
      expect(lane).toEqual({ ready: [], drawing: [], lines: [] });
    });

    it("lets nobody out twice, whoever feeds at the same moment", async () => {
      await submit("acc_1");
      for (let i = 0; i < 5; i++) await submit("acc_1");
      const counts = await Promise.all([feeder(4).feed(), feeder(4).feed(), feeder(4).feed()]);
      expect(counts.reduce((sum, count) => sum + count)).toBe((await queue.lanes.interactive.depth()).visible - 1);
      const { ready, lines } = await readLane(items, "interactive");
      expect(ready.length + (lines[0]?.jobs ?? 0)).toBe(6);
      expect(new Set(ready.map(({ jobId }) => jobId)).size).toBe(ready.length);
    });

    it("tells each job its place, and counts out those that were cancelled or came too late", async () => {
      const all: Job[] = [];
      for (let i = 0; i < 5; i++) all.push(await submit("acc_1", i === 3 ? { deadlineAt: now + 50 } : {}));
      const places = async () => {
        const one = view();
        const found = await Promise.all(all.map(async ({ id }) => one.place((await jobs.get(id))!)));
        return found.map((place) => place?.position);
      };
      expect(await places()).toEqual([1, 2, 3, 4, 5]);
      await jobs.requestCancel(all[1]!.id);
      now += 100;
      await sweepJobs({ jobs, queue });
      expect(await places()).toEqual([1, undefined, 2, undefined, 3]);
      const held = await take();
      expect(await places()).toEqual([undefined, undefined, 1, undefined, 2]);
      now += 1_000;
      await jobs.succeed(held!, done);
      expect(await view().place(all[4]!)).toEqual({ position: 2, etaMs: 1_000 });
    });

    it("keeps the place of a job whose worker died, and feeds the batch lane on its own", async () => {
      const lost = await submit("acc_1");
      const batch = [await submit("acc_1", { lane: "batch" }), await submit("acc_1", { lane: "batch" })];
      await take();
      now += leaseMs + 2_000;
      await sweepJobs({ jobs, queue });
      expect((await readLane(items, "interactive")).ready).toMatchObject([{ jobId: lost.id }]);
      expect((await view().place((await jobs.get(batch[1]!.id))!))?.position).toBe(3);
      expect((await take("batch"))?.id).toBe(batch[0]!.id);
      expect(await feeder(1).feed()).toBe(1);
      expect((await take("batch"))?.id).toBe(batch[1]!.id);
    });

    it("closes the door on whoever has taken half of the room", async () => {
      const maxWaiting = { interactive: 8, batch: 8 };
      const room = async (accountId: string) =>
        (await new QueueView({ items, queue, clock, workers: 1, maxWaiting }).room(sampleJob("x", now, { accountId })))
          .retryAfterMs;
      for (let i = 0; i < 5; i++) {
        expect(await room("acc_1")).toBe(0);
        await submit("acc_1");
      }
      expect(await room("acc_1")).toBeGreaterThan(0);
      expect(await room("acc_2")).toBe(0);
    });
  });
}
