import { NotFoundError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { notStored } from "./forget-delivered.ts";

/**
 * The caller's job of this id.
 * @throws NotFoundError `job_not_found`, also for another account's job, so that ids reveal nothing
 * @throws ApiError `not_stored` where it was made with `store: false` and is over
 */
export async function ownJob(
  id: string,
  identity: Identity,
  dependencies: Pick<RouteDependencies, "jobs">,
): Promise<Job> {
  const job = /^job_[0-9A-Z]{26}$/.test(id) ? await dependencies.jobs.get(id) : undefined;
  if (job?.accountId !== identity.accountId) {
    throw new NotFoundError("job_not_found", `there is no job ${JSON.stringify(id.slice(0, 60))}`, { param: "id" });
  }
  if (job.forgottenAt !== undefined) throw notStored(job.id);
  return job;
}
