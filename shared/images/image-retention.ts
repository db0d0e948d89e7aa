import type { Job } from "../job.ts";
import { jobRetentionS } from "../limits.ts";

const hourMs = 3_600_000;

/** How long images are kept: as long as the records of their jobs, or less where the deployment says so. */
export function keptImagesS(imageRetentionS = jobRetentionS): number {
  return Math.min(imageRetentionS, jobRetentionS);
}

/** When an image goes. Milliseconds since the epoch. @param keptS - of `keptImagesS` */
export function imageExpiresAt({ createdAt }: Pick<Job, "createdAt">, keptS: number): number {
  return createdAt + keptS * 1_000;
}

/**
 * Images of jobs made before this time are not listed: a whole hour, as images are counted by the hour, so that lists
 * and counts agree while the store takes its time to delete what has expired.
 */
export function shownSince(now: number, keptS: number): number {
  return Math.ceil((now - keptS * 1_000) / hourMs) * hourMs;
}
