import type { Job } from "../../../shared/job.ts";
import { forgetImage, forgetJob } from "../../../shared/unstored/forget-job.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";

type ForgetDependencies = Pick<RouteDependencies, "jobs" | "items" | "objects" | "log">;

/**
 * To be called when a response with results of a job has been taken whole: of one with `store: false` they go. Never
 * throws: the response is over, and what is left now goes an hour after the job's end.
 * @param index - of the one image that was delivered. @default all of them
 */
export async function forgetDelivered(
  job: Pick<Job, "id" | "unstored">,
  dependencies: ForgetDependencies,
  index?: number,
): Promise<void> {
  if (job.unstored === undefined) return;
  try {
    await (index === undefined ? forgetJob(job.id, dependencies) : forgetImage(job.id, index, dependencies));
  } catch (error) {
    dependencies.log("error", "a delivered job is left to the sweep", { jobId: job.id, error: String(error) });
  }
}

/** A job of which nothing is kept. */
export function notStored(jobId: string): ApiError {
  return new ApiError(
    410,
    "not_stored",
    `job ${jobId} was made with store: false: its response was delivered, or nobody fetched it within an hour, and ` +
      "nothing of it is kept; send the request again, with another Idempotency-Key if it had one, to draw it again",
  );
}
