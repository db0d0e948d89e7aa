import type { Job, JobStatus } from "../job.ts";
import type { Items, Write } from "../ports/items.ts";

/*
 * How many jobs ended, how, and how long they took: one row, which every end of a job adds to, so that the figures hold
 * over all processes and restarts. It is written apart from the job's transaction, where every job would collide with
 * every other.
 */

const key = { pk: "TOTALS", sk: "jobs" };

/** Upper bounds of the classes of durations, in seconds. */
export const durationBounds = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800] as const;

type EndedStatus = Exclude<JobStatus, "queued" | "running">;
const endedStatuses: readonly EndedStatus[] = ["succeeded", "failed", "canceled", "expired"];

export interface JobTotals {
  readonly ended: Readonly<Record<EndedStatus, number>>;
  /** Durations of jobs that succeeded, from acceptance to the end. */
  readonly duration: { readonly count: number; readonly sumMs: number; readonly within: readonly number[] };
}

/** @param job - as it has just ended */
export function totalWrite({ status, createdAt }: Job, now: number): Write {
  if (status !== "succeeded") return { add: key, amounts: { [status]: 1 }, apart: "after" };
  const ms = Math.max(0, now - createdAt);
  const bound = durationBounds.findIndex((seconds) => ms <= seconds * 1_000);
  const within = bound < 0 ? {} : { [`within${bound}`]: 1 };
  return { add: key, amounts: { succeeded: 1, durationMs: ms, ...within }, apart: "after" };
}

export async function readJobTotals(items: Pick<Items, "get">): Promise<JobTotals> {
  const data = (await items.get(key))?.data ?? {};
  const of = (attribute: string) => Number(data[attribute] ?? 0);
  let sum = 0;
  return {
    ended: Object.fromEntries(endedStatuses.map((status) => [status, of(status)])) as Record<EndedStatus, number>,
    duration: {
      count: of("succeeded"),
      sumMs: of("durationMs"),
      within: durationBounds.map((_, bound) => (sum += of(`within${bound}`))),
    },
  };
}
