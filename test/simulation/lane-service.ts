import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { workOf } from "../../shared/fair-queue/work-of.ts";
import type { Job, Lane } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage, sendJob } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { maxUnfinishedJobs } from "../../shared/limits.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { createLaneQueue, type LaneQueue } from "../../shared/ports/lane-queue.ts";
import { samplePrice as price, sampleJob, sampleParams } from "../support/api/sample-job.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";

export const stepMs = 100;
/** Images of 100 × 100 pixels: a unit of work per step. */
export const params = { ...sampleParams, width: 100, height: 100 };

interface Running {
  readonly job: Job;
  readonly receipt: string;
  readonly until: number;
}

/**
 * Accounts, lanes and workers under a clock that the test owns: a worker needs one millisecond for a unit of work, a
 * step of the clock is a tenth of a second. The queue is that of one machine, or follows the rule of SQS's fair queues.
 */
export class LaneService {
  now = Date.UTC(2026, 0, 1);
  readonly items: EmbeddedItems;
  readonly queue: LaneQueue;
  readonly jobs: JobStore;
  /** In the order in which they were begun. */
  readonly begun: { readonly job: Job; readonly at: number }[] = [];
  readonly running: (Running | undefined)[];
  #ids = 0;

  constructor(workers: number, kind: "embedded" | "SQS" = "embedded") {
    const clock: Clock = { now: () => this.now, sleep: async () => {} };
    this.items = openEmbeddedItems(":memory:", { clock });
    const open = (name: string) =>
      kind === "SQS" ? createMemoryQueue({ clock }) : openEmbeddedQueue(":memory:", name, { clock });
    this.queue = createLaneQueue({ interactive: open("jobs"), batch: open("jobs-batch") });
    this.jobs = createJobStore({ items: this.items, clock, leaseMs: 3_600_000, askAfterMs: 60_000 });
    this.running = Array.from({ length: workers }, () => undefined);
  }

  /** A fresh one: nothing is kept from before. */
  view(maxUnfinished = maxUnfinishedJobs): QueueView {
    const clock: Clock = { now: () => this.now, sleep: async () => {} };
    const { items, queue, running } = this;
    return new QueueView({ items, queue, clock, workers: running.length, maxUnfinished });
  }

  newId(): string {
    return String(++this.#ids).padStart(26, "0");
  }

  /** As the API does. @param work - milliseconds that a worker needs */
  async submit(
    accountId: string,
    work: number,
    { lane = "interactive", ...changes }: { lane?: Lane; deadlineAt?: number } = {},
  ): Promise<Job> {
    const { entered, sentBefore } = await this.view().room({ accountId, params, lane });
    const job = sampleJob(this.newId(), this.now, {
      accountId,
      lane,
      price,
      entered,
      sentBefore,
      params: { ...params, steps: work },
      ...changes,
    });
    await this.jobs.submit({ job, terms: { unlimited: true } });
    await sendJob(this.queue, job);
    await this.jobs.confirmSent(job.id);
    return job;
  }

  async step(): Promise<void> {
    this.now += stepMs;
    for (const [worker, running] of this.running.entries()) {
      if (running === undefined || running.until > this.now) continue;
      await this.jobs.succeed(running.job, { images: [], warnings: [], inferenceMs: workOf(running.job.params) });
      await this.queue.delete(running.receipt);
      this.running[worker] = undefined;
    }
    for (const [worker, running] of this.running.entries()) {
      if (running === undefined) this.running[worker] = await this.#take(`w${worker}`);
    }
  }

  async #take(worker: string): Promise<Running | undefined> {
    const [message] = await this.queue.receive({ visibilityMs: 3_600_000 });
    if (message === undefined) return undefined;
    const parsed = parseJobMessage(message.body);
    const claim = await this.jobs.claim("jobId" in parsed ? parsed.jobId : "", worker);
    if (claim.outcome !== "claimed") {
      await this.queue.delete(message.receipt);
      return undefined;
    }
    this.begun.push({ job: claim.job, at: this.now });
    return { job: claim.job, receipt: message.receipt, until: this.now + workOf(claim.job.params) };
  }

  async runUntil(done: () => boolean, mostSteps = 20_000): Promise<void> {
    for (let steps = 0; !done(); steps++) {
      if (steps === mostSteps) throw new Error(`not done after ${mostSteps} steps`);
      await this.step();
    }
  }

  beganAt(id: string): number | undefined {
    return this.begun.find(({ job }) => job.id === id)?.at;
  }

  async close(): Promise<void> {
    await this.items.close();
    await this.queue.close();
  }
}
