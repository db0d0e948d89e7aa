import type { Context } from "hono";
import type { ImageSubmission } from "../../../../shared/image-request.ts";
import type { Job } from "../../../../shared/job.ts";
import { requestFingerprint } from "../../canonical-json.ts";
import { findRetriedJob, noteRequest } from "../../client-retry.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { idempotencyOf } from "../../middleware/idempotency-key.ts";
import { submitJob } from "../../submit-job.ts";

/**
 * The job of this request. An `Idempotency-Key` decides where there is one. Else a request that the client marks as an automatic
 * re-send goes on with the job of the request that it repeats: the client sends no key then, and would have it drawn twice.
 */
export async function submitOrReattach(
  c: Context<ApiEnv>,
  { body, submission }: { readonly body: unknown; readonly submission: ImageSubmission },
  dependencies: RouteDependencies,
): Promise<Job> {
  const identity = c.get("identity");
  const id = `job_${dependencies.newId()}`;
  const idempotency = idempotencyOf(c, body);
  if (idempotency !== undefined) {
    const { job, replayed } = await submitJob({ id, identity, submission, idempotency }, dependencies);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return job;
  }
  const retryCount = Number(c.req.header("x-stainless-retry-count") ?? Number.NaN);
  if (Number.isInteger(retryCount) && retryCount >= 0) {
    const request = { keyId: identity.keyId, fingerprint: requestFingerprint(c.req.path, body) };
    const retriedId = retryCount > 0 ? await findRetriedJob(request, retryCount, dependencies) : undefined;
    const retried = retriedId === undefined ? undefined : await dependencies.jobs.get(retriedId);
    if (retried !== undefined) {
      c.header("Idempotent-Replayed", "true");
      return retried;
    }
    await noteRequest(request, id, dependencies);
  }
  return (await submitJob({ id, identity, submission }, dependencies)).job;
}
