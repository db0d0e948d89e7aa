import { type ModelPace, readModelPace } from "../../../shared/fair-queue/model-pace.ts";
import {
  aheadInFairQueue,
  aheadInTurns,
  estimateStartMs,
  inFlightEach,
} from "../../../shared/fair-queue/queue-estimate.ts";
import { type WaitingAccount, WaitingAccounts } from "../../../shared/fair-queue/waiting-accounts.ts";
import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import type { Job, Lane } from "../../../shared/job.ts";
import { jobMessage } from "../../../shared/jobs/job-message.ts";
import { maxUnfinishedJobs } from "../../../shared/limits.ts";
import { balanceKey } from "../../../shared/money/ledger.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { aheadInLane, countsAhead, laneDepth } from "../../../shared/ports/lane-queue.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import type { Identity } from "../access/identity.ts";

/** Age at which the snapshot is read again: every poll of every client would otherwise count both lanes. */
const keptMs = 1_000;
/** … and the accounts with waiting jobs, each of which is a read. */
const accountsKeptMs = 5_000;
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
  /** Messages that wait in this lane, where the queue cannot count those ahead of one. */
  readonly sentBefore?: number;
}

/** Messages that wait, and that workers hold. */
interface LaneDepth {
  readonly visible: number;
  readonly inFlight: number;
}

interface Snapshot {
  readonly lanes: { readonly [lane in Lane]: LaneDepth };
  readonly workers: number;
}

/** How many jobs of its account and lane are unfinished and before a job, and of all how many were sent before it. */
interface Before {
  readonly own: number;
  readonly sent: number;
}

interface Kept {
  readonly at: number;
  readonly value: Promise<unknown>;
}

/** Queue state, for a queued job or for admission control. One snapshot per second serves every request. */
export class QueueView {
  readonly #dependencies: QueueViewDependencies;
  readonly #kept = new Map<string, Kept>();
  /** Messages ahead, by job. */
  readonly #positions = new Map<string, Kept>();
  readonly #waiting: WaitingAccounts;

  constructor(dependencies: QueueViewDependencies) {
    this.#dependencies = dependencies;
    this.#waiting = new WaitingAccounts(dependencies);
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
    const msPerJob = pace && pace.msPerWork * pace.workPerJob;
    const waiting = aheadOfLane(lane, snapshot) + (counted ?? (await this.#estimateAhead(job, snapshot, msPerJob)));
    const load = { ahead: waiting + drawing(snapshot), workers: snapshot.workers };
    const etaMs = msPerJob && Math.round(estimateStartMs({ ...load, msPerJob }));
    return { position: Math.round(waiting) + 1, exact: counted !== undefined, etaMs };
  }

  /** Messages of a lane that no worker holds, at most a second ago; 0 where the queue cannot be read. */
  async waiting(lane: Lane): Promise<number> {
    return (await this.#snapshot()).lanes[lane].visible;
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
    const sent = snapshot.lanes[lane].visible;
    const waiting = await this.#waitingBefore({ own: open, sent }, { lane, accountId }, snapshot);
    const ahead = aheadOfLane(lane, snapshot) + waiting + drawing(snapshot);
    const startMs = estimateStartMs({ ahead, workers, msPerJob: msPerWork * workPerJob });
    // All of them share the workers with the others, but one worker draws the largest.
    const last = { own: open + works.length, sent: sent + works.length };
    const between = (await this.#waitingBefore(last, { lane, accountId }, snapshot)) - waiting - works.length;
    const work = works.reduce((sum, each) => sum + each, between * workPerJob);
    return startMs + Math.max(work / workers, ...works) * msPerWork;
  }

  /** Whether one more job of this account fits in. */
  async room({ accountId, params, lane = "interactive" }: Pick<Job, "accountId" | "params" | "lane">): Promise<Room> {
    const { maxUnfinished: most = maxUnfinishedJobs } = this.#dependencies;
    const [{ open, own, entered }, sentBefore] = await Promise.all([
      this.#counts(accountId, lane),
      countsAhead(this.#dependencies.queue, lane) ? undefined : this.#depth(lane).then(({ visible }) => visible),
    ]);
    if (own > 0) await this.#waiting.note(lane, accountId);
    const room = { open, most, entered, sentBefore };
    const excess = open + 1 - most;
    if (excess <= 0) return { ...room, retryAfterMs: 0 };
    const [snapshot, pace] = await Promise.all([this.#snapshot(), this.pace(params.model)]);
    if (pace === undefined) return { ...room, retryAfterMs: unknownPaceMs };
    const before = { own: Math.min(own, excess), sent: snapshot.lanes[lane].visible };
    const jobs = await this.#waitingBefore(before, { lane, accountId }, snapshot);
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
    return this.#keep(id, () => aheadInLane(this.#dependencies.queue, lane, message).catch(() => undefined), {
      among: this.#positions,
    });
  }

  /** Jobs that wait ahead of one, where the queue cannot count them. @param msPerJob - where it is known */
  async #estimateAhead(
    { accountId, lane = "interactive", entered, sentBefore, createdAt }: Job,
    snapshot: Snapshot,
    msPerJob: number | undefined,
  ): Promise<number> {
    const counts = await this.#counts(accountId, lane);
    if (counts.own > 1) await this.#waiting.note(lane, accountId);
    const own = Math.max(0, (entered ?? counts.entered) - counts.ended);
    const { visible } = snapshot.lanes[lane];
    // What was begun since it was sent; of the batch lane nobody knows, as interactive jobs come in between.
    const ms = this.#dependencies.clock.now() - createdAt;
    const begun = lane === "batch" || msPerJob === undefined ? 0 : (ms * snapshot.workers) / msPerJob;
    const sent = Math.min(visible - 1, (sentBefore ?? visible) - begun);
    return this.#waitingBefore({ own, sent }, { lane, accountId }, snapshot);
  }

  /** Messages of a lane that go before one, from the totals of the queue and the numbers of each account. */
  async #waitingBefore(
    { own, sent }: Before,
    { lane, accountId }: { readonly lane: Lane; readonly accountId: string },
    { lanes, workers }: Snapshot,
  ): Promise<number> {
    const { visible, inFlight } = lanes[lane];
    const accounts = await this.#accounts(lane);
    const others = accounts.filter((one) => one.accountId !== accountId).map(({ unfinished }) => unfinished);
    const all = accounts.find((one) => one.accountId === accountId)?.unfinished ?? own + 1;
    const each = inFlightEach([...others, all], inFlight);
    const waits = (unfinished: number) => Math.max(0, unfinished - each);
    const known = others.map(waits);
    const rest = Math.max(0, visible - known.reduce((sum, jobs) => sum + jobs, waits(all)));
    const line = { own: waits(own), all: waits(all), others: known, rest, sentBefore: Math.max(0, sent) };
    return countsAhead(this.#dependencies.queue, lane) ? aheadInTurns(line) : aheadInFairQueue(line, workers);
  }

  #accounts(lane: Lane): Promise<WaitingAccount[]> {
    return this.#keep(`accounts ${lane}`, () => this.#waiting.read(lane), { forMs: accountsKeptMs });
  }

  /** Unfinished jobs of an account, and in one lane: the jobs that ever entered it, that ended, and that have not. */
  async #counts(accountId: string, lane: Lane) {
    const { data = {} } = (await this.#dependencies.items.get(balanceKey(accountId))) ?? {};
    const count = (attribute: string) => Number(data[attribute] ?? 0);
    const [entered, ended] = [count(`${lane}Entered`), count(`${lane}Ended`)];
    return { open: count("open"), entered, ended, own: entered - ended };
  }

  #snapshot(): Promise<Snapshot> {
    const { items, clock, workers } = this.#dependencies;
    return this.#keep("lanes", async () => {
      const [interactive, batch, counted] = await Promise.all([
        this.#depth("interactive"),
        this.#depth("batch"),
        workers ?? countWorkers(items, clock.now()),
      ]);
      return { lanes: { interactive, batch }, workers: counted };
    });
  }

  #depth(lane: Lane): Promise<LaneDepth> {
    // A queue that cannot be reached is no reason to refuse jobs: they wait in the table.
    const read = async () => laneDepth(this.#dependencies.queue, lane);
    const empty = { visible: 0, inFlight: 0 };
    return this.#keep(`depth ${lane}`, () => read().catch(() => empty));
  }

  #keep<T>(name: string, read: () => Promise<T>, { forMs = keptMs, among = this.#kept } = {}): Promise<T> {
    const { clock } = this.#dependencies;
    const kept = among.get(name);
    if (kept !== undefined && clock.now() - kept.at < forMs) return kept.value as Promise<T>;
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
