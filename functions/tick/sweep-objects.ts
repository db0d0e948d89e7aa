import { type Job, terminalStatuses } from "../../shared/job.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { eventRetentionS } from "../../shared/limits.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ObjectInfo, Objects } from "../../shared/ports/objects.ts";

const pageSize = 500;

export interface SweepObjectsPorts {
  readonly jobs: Pick<JobStore, "get">;
  readonly objects: Pick<Objects, "list" | "delete">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Deletes what attempts left behind, by going through all that is stored: pictures and previews whose job is no longer stored, and pictures that no job that is over
 * names (of attempts that failed, were cancelled or lost their lease). Previews stay as long as the history that links them.
 *
 * @param graceMs - younger objects are left alone: the worker that stored one may be about to settle the job. @default an hour
 * @returns how many were deleted
 */
export async function sweepObjects(ports: SweepObjectsPorts, { graceMs = 3_600_000 } = {}): Promise<number> {
  let deleted = 0;
  for (const prefix of ["o/", "p/"]) deleted += (await sweepPrefix(prefix, ports, graceMs)).deleted;
  return deleted;
}

/** @returns how many were deleted, and how many were left alone because they are younger than `graceMs` */
export async function sweepPrefix(
  prefix: string,
  { jobs, objects, clock }: SweepObjectsPorts,
  graceMs: number,
): Promise<{ readonly deleted: number; readonly young: number }> {
  let deleted = 0;
  let young = 0;
  let cursor: string | undefined;
  let job: { readonly id: string; readonly found: Job | undefined } | undefined;
  do {
    const page = await objects.list(prefix, { limit: pageSize, cursor });
    for (const object of page.objects) {
      const age = clock.now() - object.modifiedAt;
      if (age < graceMs) {
        young++;
        continue;
      }
      const id = object.key.split("/")[1] ?? "";
      // Keys of one job follow each other.
      if (job?.id !== id) job = { id, found: await jobs.get(id) };
      if (isWanted(object, age, job.found)) continue;
      await objects.delete(object.key);
      deleted++;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { deleted, young };
}

function isWanted({ key }: ObjectInfo, age: number, job: Job | undefined): boolean {
  if (job === undefined) return false;
  if (!terminalStatuses.has(job.status)) return true;
  if (key.startsWith("p/")) return age < eventRetentionS * 1_000;
  return job.images.some((image) => image.key === key);
}
