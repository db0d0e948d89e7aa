import { beforeInLine, type LaneState, readLane } from "../../../shared/fair-queue/lane-state.ts";
import { type ModelPace, readModelPace } from "../../../shared/fair-queue/model-pace.ts";
import { estimateStart, type LaneLoad } from "../../../shared/fair-queue/queue-estimate.ts";
import { lineKey } from "../../../shared/fair-queue/waiting-line.ts";
import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import type { Job, Lane } from "../../../shared/job.ts";
import { maxWaitingJobs } from "../../../shared/limits.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { laneDepth } from "../../../shared/ports/lane-queue.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import type { Identity } from "../access/identity.ts";

/** Age at which the snapshot is read again: every poll of every client would otherwise read both lanes. */
const keptMs = 1_000;
/** Longest queue that is counted; positions further back are reported as this. */
const maxMessages = 10_000;
/** `Retry-After` before any job of the model has succeeded, and the longest one. */
const unknownPaceMs = 5_000;
const longestRetryMs = 3_600_000;

export interface QueueViewDependencies {
  readonly items: Items;
  readonly queue: Queue;
  readonly clock: Clock;
  /** @default `maxWaitingJobs` */
  readonly maxWaiting?: { readonly [lane in Lane]: number };
  /** Number of workers, where it is known. @default workers that reported the length of their jobs in the last ten minutes */
  readonly workers?: number;
}

/** Where a queued job is. */
export interface QueuePlace {
  /** 1 is the next job that a worker starts. */
  readonly position: number;
  /** Milliseconds until a worker starts it; unknown before any job of its model has succeeded. */
  readonly etaMs?: number;
}

export interface Room {
  /** Queued jobs of the lane. */
  readonly waiting: number;
  /** 0 when there is room; else the estimated time until there is. */
  readonly retryAfterMs: number;
}

interface Snapshot {
  readonly lanes: { readonly [lane in Lane]: LaneState };
  readonly workers: number;
  /** Messages in the queue: the only figure where jobs do not wait in lines. */
  readonly visible: { readonly [lane in Lane]: number };
  readonly at: number;
}

/** Queue state, for a queued job or for admission control. Reads only; one snapshot per second serves every request. */
export class QueueView {
  readonly #dependencies: QueueViewDependencies;
  readonly #kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();

  constructor(dependencies: QueueViewDependencies) {
    this.#dependencies = dependencies;
  }

  /** `undefined` for a job that is not queued. */
  async place(job: Job): Promise<QueuePlace | undefined> {
    if (job.status !== "queued") return undefined;
    const { items } = this.#dependencies;
    const { lane = "interactive", accountId } = job;
    const [snapshot, own, pace] = await Promise.all([
      this.#snapshot(),
      beforeInLine(items, job),
      this.pace(job.params.model),
    ]);
    const { ready, lines } = snapshot.lanes[lane];
    if (own !== undefined) {
      const load = { ready: ready.map(({ work }) => work), line: { accounts: lines, accountId, own } };
      return this.#estimate(lane, load, snapshot, pace);
    }
    const index = ready.findIndex(({ jobId }) => jobId === job.id);
    // Where jobs do not wait in lines, the number of messages is all that is known of the jobs before this one.
    const messages = ready.length > 0 ? 0 : Math.min(maxMessages, snapshot.visible[lane] - 1);
    const before =
      messages > 0
        ? new Array<number>(messages).fill(pace?.workPerJob ?? 0)
        : (index < 0 ? ready : ready.slice(0, index)).map(({ work }) => work);
    return this.#estimate(lane, { ready: before }, snapshot, pace);
  }

  /**
   * Milliseconds until jobs of one account and lane would finish if they were submitted now; `undefined` before any job
   * of the model has succeeded.
   * @param works - of each job
   */
  async finish(
    { accountId, terms }: Pick<Identity, "accountId" | "terms">,
    { lane, model, works }: { readonly lane: Lane; readonly model: string; readonly works: readonly number[] },
  ): Promise<number | undefined> {
    const [snapshot, pace] = await Promise.all([this.#snapshot(), this.pace(model)]);
    if (pace === undefined) return undefined;
    const { ready, lines } = snapshot.lanes[lane];
    const found = lines.find(({ id }) => id === accountId);
    const before = found ?? { id: accountId, weight: terms.weight ?? 1, jobs: 0, work: 0 };
    const work = works.reduce((sum, each) => sum + each, 0);
    const begunMs = (own: { readonly jobs: number; readonly work: number }) => {
      const line = { accounts: found ? lines : [...lines, before], accountId, own };
      return this.#estimate(lane, { ready: ready.map((job) => job.work), line }, snapshot, pace).etaMs ?? 0;
    };
    // All of them share the workers, but one worker draws the largest.
    const shared = begunMs({ jobs: before.jobs + works.length, work: before.work + work });
    return Math.max(shared, begunMs(before) + Math.max(...works) * pace.msPerWork);
  }

  /**
   * Whether one more job of this account fits in, by dynamic thresholds (Choudhury and Hahne, 1998): an account may
   * have as much in line as there is room left, so that one alone fills half of it and never shuts the others out.
   */
  async room({ accountId, lane = "interactive", params }: Job): Promise<Room> {
    const { items, maxWaiting = maxWaitingJobs } = this.#dependencies;
    const [{ lanes, workers, visible }, pace, line] = await Promise.all([
      this.#snapshot(),
      this.pace(params.model),
      items.get(lineKey(accountId, lane)),
    ]);
    const { ready, lines } = lanes[lane];
    const own = Number(line?.data.waiting ?? 0);
    const inLines = lines.reduce((sum, { jobs }) => sum + jobs, 0);
    const waiting = inLines + Math.max(ready.length, visible[lane]);
    const excess = own + 1 - (maxWaiting[lane] - waiting);
    if (excess <= 0) return { waiting, retryAfterMs: 0 };
    if (pace === undefined) return { waiting, retryAfterMs: unknownPaceMs };
    // Each of its own jobs that a worker starts closes the gap from both sides.
    const toGo = own === 0 ? excess : Math.ceil(excess / 2);
    const work = toGo * (own === 0 ? pace.workPerJob : Number(line?.data.work ?? 0) / own);
    const weights = lines.reduce((sum, { weight }) => sum + weight, 0);
    const share = (lines.find(({ id }) => id === accountId)?.weight ?? weights) / (weights || 1);
    const first = lane === "batch" ? lanes.interactive.lines.reduce((sum, { work: each }) => sum + each, 0) : 0;
    const ms = ((first + work / (share || 1)) * pace.msPerWork) / Math.max(1, workers);
    return { waiting, retryAfterMs: Math.min(longestRetryMs, ms) };
  }

  pace(model: string): Promise<ModelPace | undefined> {
    return this.#keep(`pace ${model}`, () => readModelPace(this.#dependencies.items, model));
  }

  #estimate(
    lane: Lane,
    own: Pick<LaneLoad, "ready" | "line">,
    { lanes, workers, at }: Snapshot,
    pace: ModelPace | undefined,
  ): QueuePlace {
    const drawing = [...lanes.interactive.drawing, ...lanes.batch.drawing].map(({ work, begunAt }) =>
      pace === undefined ? work : Math.max(0, work - (at - begunAt) / pace.msPerWork),
    );
    const { ready, lines } = lanes.interactive;
    const sum = (of: "jobs" | "work") => lines.reduce((total, line) => total + line[of], 0);
    const before = { ready: ready.map(({ work }) => work), waiting: { jobs: sum("jobs"), work: sum("work") } };
    const load = { workers, drawing, ...own, before: lane === "batch" ? before : undefined };
    const { position, startMs } = estimateStart(load, pace?.msPerWork ?? 0);
    return { position, etaMs: pace === undefined ? undefined : Math.round(startMs) };
  }

  #snapshot(): Promise<Snapshot> {
    const { items, queue, clock, workers } = this.#dependencies;
    // A queue that cannot be reached is no reason to refuse jobs: they wait in the table.
    const visibleIn = async (lane: Lane) => {
      try {
        return (await laneDepth(queue, lane)).visible;
      } catch {
        return 0;
      }
    };
    return this.#keep("lanes", async () => {
      const [interactive, batch, counted, visible, visibleBatch] = await Promise.all([
        readLane(items, "interactive"),
        readLane(items, "batch"),
        workers ?? countWorkers(items, clock.now()),
        visibleIn("interactive"),
        visibleIn("batch"),
      ]);
      return {
        lanes: { interactive, batch },
        workers: counted,
        visible: { interactive: visible, batch: visibleBatch },
        at: clock.now(),
      };
    });
  }

  #keep<T>(name: string, read: () => Promise<T>): Promise<T> {
    const { clock } = this.#dependencies;
    const kept = this.#kept.get(name);
    if (kept !== undefined && clock.now() - kept.at < keptMs) return kept.value as Promise<T>;
    const value = read();
    this.#kept.set(name, { at: clock.now(), value });
    value.catch(() => this.#kept.delete(name));
    return value;
  }
}
