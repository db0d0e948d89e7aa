import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";

/** The record is looked at again after this long, then ever less often: quick jobs answer quickly, slow ones cost few reads. */
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
  /** The client has gone. */
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
