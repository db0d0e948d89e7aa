import type { Job } from "../job.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Items } from "../ports/items.ts";
import type { Objects } from "../ports/objects.ts";
import { doneForgettingWrite, prefixesOf } from "./forgotten-job.ts";

export interface ForgetPorts {
  readonly jobs: Pick<JobStore, "forget">;
  readonly items: Pick<Items, "write">;
  readonly objects: Pick<Objects, "walk" | "delete">;
}

/**
 * Deletes all that a job with `store: false` held: its record first, so that nothing names what is not there, then the
 * objects. Where that fails the tick does it again.
 */
export async function forgetJob(jobId: string, { jobs, items, objects }: ForgetPorts): Promise<void> {
  const job = await jobs.forget(jobId);
  if (job === undefined) return;
  await deleteObjects(job, objects);
  await items.write([doneForgettingWrite(jobId)]);
}

/** The same for one image that was fetched; with the last one the whole job goes. */
export async function forgetImage(jobId: string, index: number, ports: ForgetPorts): Promise<void> {
  const { jobs, objects } = ports;
  const job = await jobs.forget(jobId, index);
  if (job === undefined) return;
  if (job.images.length === 0) return forgetJob(jobId, ports);
  for await (const { key } of objects.walk(`o/${jobId}/`)) {
    if (!job.images.some((image) => image.key === key)) await objects.delete(key);
  }
}

/** All objects of a job. */
export async function deleteObjects(
  job: Pick<Job, "id" | "accountId">,
  objects: Pick<Objects, "walk" | "delete">,
): Promise<void> {
  for (const prefix of prefixesOf(job)) {
    for await (const { key } of objects.walk(prefix)) await objects.delete(key);
  }
}
