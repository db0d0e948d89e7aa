import { type Job, type JobEvent, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isLast } from "../jobs/follow-job.ts";
import { pollIntervals } from "../jobs/wait-for-job.ts";
import type { AccountStream } from "./account-streams.ts";

/** Jobs followed at once: those that run, and the newest of those that wait. */
export const maxFollowed = 50;
/** Of those that wait, how many are looked at in one round; the others have their turn in the next. */
const waitingPerRound = 10;
/** An index may lag, and clocks of several processes differ: jobs and events of so long before are looked for again. */
const overlapMs = 5_000;
/** Where not all open jobs are followed, those that run are looked for this often. */
const runningEveryMs = 2_000;
/** A job without news is read this often: its events are kept for a shorter time than it. */
const recordEveryMs = 30_000;
/** Places in the queue, and runs, are looked at this often. */
const standingEveryMs = 5_000;
/** Without an open job, new ones are looked for this often; those that this process makes are known at once. */
const idleMs = 2_000;

export interface AccountEvent {
  readonly jobId: string;
  readonly event: JobEvent;
}

export interface FollowAccountOptions {
  readonly accountId: string;
  readonly stream: AccountStream;
  /**
   * What happened since then is told again, in milliseconds since the epoch.
   * @default what is open now, and from now on
   */
  readonly since?: number | undefined;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Ends after this. @default never */
  readonly longestMs?: number;
  /** Ends when no job was open for so long. @default never */
  readonly idleEndMs?: number;
}

interface Followed {
  seq: number;
  isRunning: boolean;
  readonly createdAt: number;
  /** When its record was read last. */
  recordAt: number;
}

type Dependencies = Pick<RouteDependencies, "jobs" | "clock" | "watches">;

/**
 * The events of an account's jobs as they happen, and the history of those that are open, oldest first within a round.
 * Yields `undefined` after every round without any, and `"idle"` before it ends for want of jobs. Every few seconds it
 * also gives jobs that wait, for their places in the queue, if there are any. Each round costs a read for new jobs, and
 * one for each job that is followed and looked at.
 */
export async function* followAccount(
  options: FollowAccountOptions,
  dependencies: Dependencies,
): AsyncGenerator<{ events: readonly AccountEvent[]; waiting?: readonly string[] } | undefined | "idle", void> {
  const { signal, stream, longestMs = Number.POSITIVE_INFINITY, idleEndMs = Number.POSITIVE_INFINITY } = options;
  const { clock } = dependencies;
  const endsAt = clock.now() + longestMs;
  const jobs = new FollowedJobs(options, dependencies);
  await jobs.begin();
  let nextInterval = pollIntervals();
  let busyAt = clock.now();
  let standingAt = clock.now();
  while (!signal.aborted && clock.now() < endsAt) {
    const events = await jobs.round();
    if (jobs.size > 0 || events.length > 0) busyAt = clock.now();
    if (events.length > 0) {
      nextInterval = pollIntervals();
      yield { events };
      continue;
    }
    if (clock.now() - busyAt >= idleEndMs) {
      yield "idle";
      return;
    }
    const isDue = clock.now() - standingAt >= standingEveryMs;
    if (isDue) standingAt = clock.now();
    yield isDue ? { events, waiting: jobs.newestWaiting() } : undefined;
    await stream.nap(jobs.size > 0 ? nextInterval() : idleMs, signal);
    await jobs.findNew();
  }
}

class FollowedJobs {
  readonly #options: FollowAccountOptions;
  readonly #dependencies: Dependencies;
  /** Least recently looked at first. */
  readonly #followed = new Map<string, Followed>();
  /** Jobs of the last moments, by when they were made: they are found again in the overlap. */
  readonly #seen = new Map<string, number>();
  #newestAt = 0;
  #isPartial = false;
  #runningAt = 0;

  constructor(options: FollowAccountOptions, dependencies: Dependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#followed.size;
  }

  /** Follows what is open, and with `since` what has ended after it. */
  async begin(): Promise<void> {
    const { accountId, since = Number.POSITIVE_INFINITY } = this.#options;
    const { jobs, clock } = this.#dependencies;
    const { jobs: newest, cursor } = await jobs.list({ accountId, limit: maxFollowed });
    this.#newestAt = newest[0]?.createdAt ?? clock.now();
    for (const job of newest) {
      this.#seen.set(job.id, job.createdAt);
      if (!terminalStatuses.has(job.status) || (job.finishedAt ?? 0) >= since - overlapMs) this.#follow(job);
    }
    if (cursor === undefined) return;
    const { jobs: queued } = await jobs.list({ accountId, status: "queued", limit: maxFollowed });
    for (const job of queued) this.#follow(job);
    this.#isPartial = queued.length === maxFollowed;
    await this.#findRunning();
  }

  /** Jobs made since the last look. */
  async findNew(): Promise<void> {
    const { accountId } = this.#options;
    const { jobs, clock } = this.#dependencies;
    const createdAfter = this.#newestAt - overlapMs;
    const { jobs: fresh, cursor } = await jobs.list({ accountId, createdAfter, limit: maxFollowed });
    for (const [id, createdAt] of this.#seen) if (createdAt <= createdAfter) this.#seen.delete(id);
    for (const job of fresh.toReversed()) {
      if (this.#seen.has(job.id)) continue;
      this.#seen.set(job.id, job.createdAt);
      this.#newestAt = Math.max(this.#newestAt, job.createdAt);
      this.#follow(job);
    }
    if (cursor !== undefined) this.#isPartial = true;
    if (this.#isPartial && clock.now() - this.#runningAt >= runningEveryMs) await this.#findRunning();
  }

  async #findRunning(): Promise<void> {
    const { accountId } = this.#options;
    const { jobs, clock } = this.#dependencies;
    this.#runningAt = clock.now();
    const { jobs: running } = await jobs.list({ accountId, status: "running", limit: maxFollowed });
    for (const job of running) this.#follow(job);
  }

  #follow({ id, status, createdAt }: Job): void {
    if (this.#followed.has(id)) return;
    const recordAt = this.#dependencies.clock.now();
    this.#followed.set(id, { seq: 0, isRunning: status === "running", createdAt, recordAt });
    if (this.#followed.size <= maxFollowed) return;
    this.#isPartial = true;
    // Of those that wait, the newest are what somebody has just asked for.
    const waiting = [...this.#followed].filter(([, job]) => !job.isRunning);
    const [oldest] = waiting.toSorted(([, a], [, b]) => a.createdAt - b.createdAt);
    this.#followed.delete(oldest?.[0] ?? id);
  }

  /** Those that somebody is most likely to wait for. */
  newestWaiting(): string[] {
    const waiting = [...this.#followed].filter(([, { isRunning }]) => !isRunning);
    const sorted = waiting.toSorted(([, a], [, b]) => b.createdAt - a.createdAt);
    return sorted.slice(0, waitingPerRound).map(([id]) => id);
  }

  /** What has happened to the jobs whose turn it is. */
  async round(): Promise<AccountEvent[]> {
    const { since, signal } = this.#options;
    let waiting = 0;
    const due = [...this.#followed].filter(([, { isRunning }]) => isRunning || ++waiting <= waitingPerRound);
    const found: AccountEvent[] = [];
    for (const [jobId, job] of due) {
      if (signal.aborted) return [];
      this.#followed.delete(jobId);
      const events = await this.#newEvents(jobId, job);
      for (const event of events) {
        if (since === undefined || event.at >= since - overlapMs) found.push({ jobId, event });
      }
      // Now the one that was looked at last.
      if (!events.some(isLast)) this.#followed.set(jobId, job);
    }
    return found.sort((a, b) => a.event.at - b.event.at);
  }

  async #newEvents(jobId: string, job: Followed): Promise<JobEvent[]> {
    const { jobs, clock, watches } = this.#dependencies;
    const events = await jobs.events(jobId, job.seq, 100);
    for (const { seq, type } of events) {
      job.seq = seq;
      if (type === "started") job.isRunning = true;
      if (type === "requeued") job.isRunning = false;
    }
    if (events.some(isLast)) return events;
    if (job.isRunning) await watches.touch(jobId);
    if (events.length > 0 || clock.now() - job.recordAt < recordEveryMs) return events;
    job.recordAt = clock.now();
    const record = await jobs.get(jobId);
    if (record !== undefined && !terminalStatuses.has(record.status)) return events;
    // Its last event is not kept any more.
    const at = record?.finishedAt ?? clock.now();
    return [{ seq: job.seq + 1, at, type: record?.status === "failed" ? "error" : "done", data: {} }];
  }
}
