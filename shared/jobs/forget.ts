import { NotFoundError } from "../errors.ts";
import type { Job } from "../job.ts";
import type { Items } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { forgotten, withoutDelivered } from "../unstored/forgotten-job.ts";
import { unlistWrites } from "./job-filters.ts";
import { eventsOf } from "./job-history.ts";
import { isOver } from "./job-rules.ts";
import type { StoredJobs } from "./stored-jobs.ts";

/** @see JobStore.forget */
export async function forget(jobs: StoredJobs, jobId: string, index?: number): Promise<Job | undefined> {
  const job = await jobs
    .transition(jobId, ({ job: found }, now) => {
      if (!isForgettable(found) || found.forgottenAt !== undefined) return undefined;
      const left = index === undefined ? found : withoutDelivered(found, index);
      if (index !== undefined && left === found) return undefined;
      if (index !== undefined && left.images.length > 0) return { job: left, events: [] };
      return { job: forgotten(left, now), events: [], writes: unlistWrites(found) };
    })
    .catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  if (job === undefined || !isForgettable(job)) return undefined;
  if (job.forgottenAt !== undefined) await deleteEvents(jobs.items, jobId);
  return job;
}

function isForgettable(job: Job): boolean {
  return job.unstored !== undefined && isOver(job);
}

/** They name images and previews. */
async function deleteEvents(items: Items, jobId: string): Promise<void> {
  for await (const { pk, sk } of queryEach(items, eventsOf(jobId))) await items.write([{ delete: { pk, sk } }]);
}
