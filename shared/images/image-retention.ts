import type { Job } from "../job.ts";
import { jobRetentionS } from "../limits.ts";

const hourMs = 3_600_000;

/** When an image goes, with the record of its job. Milliseconds since the epoch. */
export function imageExpiresAt({ createdAt }: Pick<Job, "createdAt">): number {
  return createdAt + jobRetentionS * 1_000;
}

/**
 * Images of jobs made before this time are not listed: a whole hour, as images are counted by the hour, so that lists
 * and counts agree while the store takes its time to delete what has expired.
 */
export function shownSince(now: number): number {
  return Math.ceil((now - jobRetentionS * 1_000) / hourMs) * hourMs;
}
