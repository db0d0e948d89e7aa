import { NotFoundError } from "../errors.ts";
import { uncountWrite } from "../images/image-counts.ts";
import type { JobImage } from "../job.ts";
import { isOver } from "./job-rules.ts";
import { leftoverWrite } from "./leftovers.ts";
import type { StoredJobs } from "./stored-jobs.ts";

/** @see JobStore.deleteImage */
export async function deleteImage(jobs: StoredJobs, jobId: string, index: number): Promise<JobImage | undefined> {
  let deleted: JobImage | undefined;
  await jobs
    .transition(jobId, ({ job }, now) => {
      deleted = isOver(job) ? job.images.find((image) => image.index === index) : undefined;
      if (deleted === undefined) return undefined;
      const { width, height } = deleted;
      const images = job.images.filter((image) => image !== deleted);
      const deletedImages = [...(job.deletedImages ?? []), { index, width, height }];
      const writes = [uncountWrite(job, 1), leftoverWrite(job, now)];
      return { job: { ...job, images, deletedImages }, events: [], writes };
    })
    .catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  return deleted;
}
