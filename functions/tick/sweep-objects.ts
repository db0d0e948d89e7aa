import { keysOfImage } from "../../shared/images/thumbnails.ts";
import { type Job, terminalStatuses } from "../../shared/job.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { eventRetentionS, jobRetentionS, runRetentionS } from "../../shared/limits.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Objects, WalkedObject } from "../../shared/ports/objects.ts";

export interface SweepObjectsPorts {
  readonly jobs: Pick<JobStore, "get">;
  readonly objects: Pick<Objects, "walk" | "delete">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Deletes what is no longer promised, in one walk over all that is stored: images and previews whose job record is
 * gone, images of attempts that failed, were cancelled or lost their lease, uploads and input images older than
 * `jobRetentionS`, and files of catalogue runs older than `runRetentionS`. Previews stay as long as the event history
 * that links them. On AWS the bucket's lifecycle rules do this.
 *
 * @param graceMs - younger objects are left alone: the worker that stored one may be about to settle the job. @default
 * an hour
 * @returns how many objects were deleted
 * @throws Error with the first reason, once all others are swept, when some could not be
 */
export async function sweepObjects(ports: SweepObjectsPorts, { graceMs = 3_600_000 } = {}): Promise<number> {
  let deleted = 0;
  const failures: unknown[] = [];
  for (const prefix of ["o/", "p/", "in/", "r/"]) {
    const swept = await sweepPrefix(prefix, ports, graceMs).catch((error: unknown) => ({
      deleted: 0,
      failures: [error],
    }));
    deleted += swept.deleted;
    failures.push(...swept.failures);
  }
  if (failures.length > 0) {
    throw new Error(`${failures.length} stored objects could not be swept, ${deleted} were deleted: ${failures[0]}`, {
      cause: failures[0],
    });
  }
  return deleted;
}

/** Objects that no job names: uploads and input images, and the files of catalogue runs. */
const retentionS: { readonly [prefix: string]: number } = { in: jobRetentionS, r: runRetentionS };

/** Reasons that are kept of one walk; a store that refuses everything would give one for each object. */
const maxFailures = 1_000;

/**
 * One object that cannot be deleted, or whose job cannot be read, leaves the others to be swept.
 * @returns how many were deleted, how many were left alone because they are younger than `graceMs`, and why some failed
 */
export async function sweepPrefix(
  prefix: string,
  { jobs, objects, clock }: SweepObjectsPorts,
  graceMs: number,
): Promise<{ readonly deleted: number; readonly young: number; readonly failures: readonly unknown[] }> {
  let deleted = 0;
  const failures: unknown[] = [];
  let young = 0;
  let job: { readonly id: string; readonly found: Job | undefined } | undefined;
  for await (const object of objects.walk(prefix)) {
    const age = clock.now() - object.modifiedAt;
    if (age < graceMs) {
      young++;
      continue;
    }
    try {
      const keptS = retentionS[object.key.slice(0, object.key.indexOf("/"))];
      if (keptS !== undefined) {
        if (age < keptS * 1_000) continue;
      } else {
        const id = object.key.split("/")[1] ?? "";
        // Objects of one job lie in one folder and are walked one after another.
        if (job?.id !== id) job = { id, found: await jobs.get(id) };
        if (isWanted(object, age, job.found)) continue;
      }
      await objects.delete(object.key);
      deleted++;
    } catch (error) {
      if (failures.length >= maxFailures) throw error;
      failures.push(error);
    }
  }
  return { deleted, young, failures };
}

function isWanted({ key }: WalkedObject, age: number, job: Job | undefined): boolean {
  if (job === undefined || job.forgottenAt !== undefined) return false;
  if (!terminalStatuses.has(job.status)) return true;
  if (key.startsWith("p/")) return age < eventRetentionS * 1_000;
  return job.images.some((image) => keysOfImage(image).includes(key));
}
