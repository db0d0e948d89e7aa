import { ConflictError } from "../../shared/errors.ts";
import { contentTypes, type Job } from "../../shared/job.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import type { JobProgress } from "./run-job.ts";

/** The store's word that this attempt is no longer the one that counts. */
export function isLeaseLost(error: unknown): boolean {
  return error instanceof ConflictError && error.code === "lease_lost";
}

/**
 * Stores a preview, where there is one, and writes an event of the job.
 * @returns the job as it is now; undefined when the store could not be written: no image depends on it, and heartbeats
 * notice a store that is gone for too long
 * @throws LeaseLost, and nothing else
 */
export async function recordProgress(
  job: Job,
  { event, step, total, preview }: JobProgress,
  { jobs, objects, log }: Pick<ConsumeOptions, "jobs" | "objects" | "log">,
): Promise<Job | undefined> {
  const data = { ...event.data };
  try {
    if (preview) {
      const { format } = job.params;
      data.preview_key = `p/${job.id}/${job.attempt}-${step}.${format}`;
      await objects.put(data.preview_key, preview, { contentType: contentTypes[format] });
    }
    return await jobs.progress(job, { type: event.type, data }, { step, total });
  } catch (error) {
    if (isLeaseLost(error)) throw error;
    log("warn", "failed to record progress", { jobId: job.id, error: String(error) });
    return undefined;
  }
}
