import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";

/**
 * Interval between reads of the record, growing from the first to the last: quick jobs respond quickly, slow jobs cost
 * few reads.
 */
const firstPollMs = 20;
const lastPollMs = 500;
const pollGrowth = 1.3;

export function pollIntervals(): () => number {
  let next = firstPollMs / pollGrowth;
  return () => (next = Math.min(lastPollMs, next * pollGrowth));
}

export interface WaitOptions {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Aborts when the client disconnects. */
  readonly signal?: AbortSignal;
}

/** The job once it is over, or as it is at `until` or when `signal` aborts. */
export async function waitForJob(
  job: Job,
  { jobs, clock }: Pick<RouteDependencies, "jobs" | "clock">,
  { until, signal }: WaitOptions,
): Promise<Job> {
  const nextInterval = pollIntervals();
  let latest = job;
  while (!terminalStatuses.has(latest.status) && clock.now() < until && signal?.aborted !== true) {
    await clock.sleep(Math.min(nextInterval(), until - clock.now()), signal);
    latest = (await jobs.get(job.id)) ?? latest;
  }
  return latest;
}
