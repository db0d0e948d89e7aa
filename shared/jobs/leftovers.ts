import type { Job } from "../job.ts";
import { jobRetentionS } from "../limits.ts";
import type { Write } from "../ports/items.ts";

/*
 * Attempts store their images before the job is settled, so those that failed, were cancelled or lost their lease may
 * leave some behind that no job names. Jobs that had such an attempt are noted when they end;
 * `functions/tick/sweep-leftovers.ts` then lists their prefix alone, not the bucket.
 */

/** Partition of the `due` index: ended jobs to check. */
export const leftoversDue = "DUE#leftovers";

/** Long enough for a worker that has not yet noticed that the job is no longer its own, in milliseconds. */
export const leftoversGraceMs = 3_600_000;

/** To be written with the end of a job. */
export function leftoverWrites({ id, status, attempt }: Job, now: number): Write[] {
  const attemptsInVain = status === "succeeded" ? attempt - 1 : attempt;
  return attemptsInVain === 0 ? [] : [leftoverWrite({ id }, now)];
}

/** Has the objects of a job looked through later, for those that it does not name. */
export function leftoverWrite({ id }: Pick<Job, "id">, now: number): Write {
  const exp = Math.floor(now / 1000) + jobRetentionS;
  const due = { duePk: leftoversDue, dueAt: now + leftoversGraceMs };
  return { put: { pk: `LEFTOVERS#${id}`, sk: "META", ...due, exp, data: { jobId: id } } };
}
