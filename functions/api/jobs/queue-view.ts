import { type ModelPace, readModelPace } from "../../../shared/fair-queue/model-pace.ts";
import { aheadByTurns, estimateStartMs } from "../../../shared/fair-queue/queue-estimate.ts";
import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import type { Job, Lane } from "../../../shared/job.ts";
import { jobMessage } from "../../../shared/jobs/job-message.ts";
import { maxUnfinishedJobs } from "../../../shared/limits.ts";
import { balanceKey } from "../../../shared/money/ledger.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { aheadInLane, laneDepth } from "../../../shared/ports/lane-queue.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import type { Identity } from "../access/identity.ts";

/** Age at which the snapshot is read again: every poll of every client would otherwise count both lanes. */
const keptMs = 1_000;
/** Positions kept at once; the oldest goes first. */
const maxKeptPositions = 2_000;
/** `Retry-After` before any job of the model has succeeded, and the longest one. */
const unknownPaceMs = 5_000;
const longestRetryMs = 3_600_000;

export interface QueueViewDependencies {
  readonly items: Items;
  readonly queue: Queue;
  readonly clock: Clock;
  /** Jobs that one account may have unfinished. @default `maxUnfinishedJobs` */
  readonly maxUnfinished?: number;
  /**
   * Number of workers, where it is known.
   * @default workers that reported the length of their jobs in the last ten minutes
   */
  readonly workers?: number;
}

/** Where a queued job is. */
export interface QueuePlace {
  /** 1 is the next job that a worker starts. */
  readonly position: number;
  /** Whether the position was counted; an estimate where the queue cannot tell. */
  readonly exact: boolean;
  /** Milliseconds until a worker starts it; unknown before any job of its model has succeeded. */
  readonly etaMs?: number;
}

export interface Room {
  /** Unfinished jobs of the account, and the most that it may have. */
  readonly open: number;
  readonly most: number;
  /** 0 when there is room; else the estimated time until there is. */
  readonly retryAfterMs: number;
  /** Jobs that the account ever had in this lane. */
  readonly entered: number;
}

interface Snapshot {
  /** Messages that wait, and that workers hold. */
  readonly lanes: { readonly [lane in Lane]: { readonly visible: number; readonly inFlight: number } };
  readonly workers: number;
}

interface Kept {
  readonly at: number;
  readonly value: Promise<unknown>;
}

/** Queue state, for a queued job or for admission control. Reads only; one snapshot per second serves every request. */
export class QueueView {
  readonly #dependencies: QueueViewDependencies;
  readonly #kept = new Map<string, Kept>();
  /** Messages ahead, by job. */
  readonly #positions = new Map<string, Kept>();

  constructor(dependencies: QueueViewDependencies) {
    this.#dependencies = dependencies;
  }

  /** `undefined` for a job that is not queued. */
  async place(job: Job): Promise<QueuePlace | undefined> {
    if (job.status !== "queued") return undefined;
    const { lane = "interactive" } = job;
    const [snapshot, pace, counted] = await Promise.all([
      this.#snapshot(),
      this.pace(job.params.model),
      this.#countAhead(job),
    ]);
    const waiting = aheadOfLane(lane, snapshot) + (counted ?? (await this.#estimateAhead(job, snapshot)));
    const load = { ahead: waiting + drawing(snapshot), workers: snapshot.workers };
    const etaMs = pace && Math.round(estimateStartMs({ ...load, msPerJob: pace.msPerWork * pace.workPerJob }));
    return { position: waiting + 1, exact: counted !== undefined, etaMs };
  }

  /**
   * Milliseconds until jobs of one account and lane would finish if they were submitted now; `undefined` before any job
   * of the model has succeeded.
   * @param works - of each job
   */
  async finish(
    { accountId }: Pick<Identity, "accountId">,
    { lane, model, works }: { readonly lane: Lane; readonly model: string; readonly works: readonly number[] },
  ): Promise<number | undefined> {
    const [snapshot, pace, { own: open }] = await Promise.all([
      this.#snapshot(),
      this.pace(model),
      this.#counts(accountId, lane),
    ]);
    if (pace === undefined) return undefined;
    const { msPerWork, workPerJob } = pace;
    const workers = Math.max(1, snapshot.workers);
    const others = othersIn(lane, snapshot, open);
    const ahead = aheadOfLane(lane, snapshot) + aheadByTurns(open, others);
    const startMs = estimateStartMs({ ahead, workers, msPerJob: msPerWork * workPerJob });
    // All of them share the workers with the others, but one worker draws the largest.
    const between = aheadByTurns(open + works.length, others) - aheadByTurns(open, others) - works.length;
    const work = works.reduce((sum, each) => sum + each, between * workPerJob);
    return startMs + Math.max(work / workers, ...works) * msPerWork;
  }

  /** Whether one more job of this account fits in. */
  async room({ accountId, params, lane = "interactive" }: Pick<Job, "accountId" | "params" | "lane">): Promise<Room> {
    const { maxUnfinished: most = maxUnfinishedJobs } = this.#dependencies;
    const { open, own, entered } = await this.#counts(accountId, lane);
    const room = { open, most, entered };
    const excess = open + 1 - most;
    if (excess <= 0) return { ...room, retryAfterMs: 0 };
    const [snapshot, pace] = await Promise.all([this.#snapshot(), this.pace(params.model)]);
    if (pace === undefined) return { ...room, retryAfterMs: unknownPaceMs };
    const jobs = aheadByTurns(excess, othersIn(lane, snapshot, own));
    const ms = (jobs * pace.msPerWork * pace.workPerJob) / Math.max(1, snapshot.workers);
    return { ...room, retryAfterMs: Math.min(longestRetryMs, ms) };
  }

  pace(model: string): Promise<ModelPace | undefined> {
    return this.#keep(`pace ${model}`, () => readModelPace(this.#dependencies.items, model));
  }

  /** `undefined` where the queue cannot count them. */
  #countAhead({ id, lane = "interactive", accountId, traceparent }: Job): Promise<number | undefined> {
    const message = { body: jobMessage(id, traceparent), group: accountId };
    if (this.#positions.size >= maxKeptPositions) this.#positions.delete(this.#positions.keys().next().value!);
    return this.#keep(
      id,
      () => aheadInLane(this.#dependencies.queue, lane, message).catch(() => undefined),
      this.#positions,
    );
  }

  /** Jobs that wait ahead of one, from the number of its account's jobs before it and the totals of the queue. */
  async #estimateAhead({ accountId, lane = "interactive", entered }: Job, snapshot: Snapshot): Promise<number> {
    const counts = await this.#counts(accountId, lane);
    const before = Math.max(0, (entered ?? counts.entered) - counts.ended);
    const ahead = aheadByTurns(before, othersIn(lane, snapshot, counts.own));
    const { visible, inFlight } = snapshot.lanes[lane];
    return Math.min(Math.max(0, visible - 1), Math.max(0, ahead - inFlight));
  }

  /** Unfinished jobs of an account, and in one lane: the jobs that ever entered it, that ended, and that have not. */
  async #counts(accountId: string, lane: Lane) {
    const { data = {} } = (await this.#dependencies.items.get(balanceKey(accountId))) ?? {};
    const count = (attribute: string) => Number(data[attribute] ?? 0);
    const [entered, ended] = [count(`${lane}Entered`), count(`${lane}Ended`)];
    return { open: count("open"), entered, ended, own: entered - ended };
  }

  #snapshot(): Promise<Snapshot> {
    const { items, queue, clock, workers } = this.#dependencies;
    // A queue that cannot be reached is no reason to refuse jobs: they wait in the table.
    const depthOf = (lane: Lane) => laneDepth(queue, lane).catch(() => ({ visible: 0, inFlight: 0 }));
    return this.#keep("lanes", async () => {
      const [interactive, batch, counted] = await Promise.all([
        depthOf("interactive"),
        depthOf("batch"),
        workers ?? countWorkers(items, clock.now()),
      ]);
      return { lanes: { interactive, batch }, workers: counted };
    });
  }

  #keep<T>(name: string, read: () => Promise<T>, among = this.#kept): Promise<T> {
    const { clock } = this.#dependencies;
    const kept = among.get(name);
    if (kept !== undefined && clock.now() - kept.at < keptMs) return kept.value as Promise<T>;
    const value = read();
    among.set(name, { at: clock.now(), value });
    value.catch(() => among.delete(name));
    return value;
  }
}

/** All that waits in the interactive lane goes before the batch lane. */
function aheadOfLane(lane: Lane, { lanes }: Snapshot): number {
  return lane === "batch" ? lanes.interactive.visible : 0;
}

function drawing({ lanes }: Snapshot): number {
  return lanes.interactive.inFlight + lanes.batch.inFlight;
}

/** @param own - unfinished jobs of one account in this lane */
function othersIn(lane: Lane, { lanes }: Snapshot, own: number): number {
  const { visible, inFlight } = lanes[lane];
  return Math.max(0, visible + inFlight - own);
}
