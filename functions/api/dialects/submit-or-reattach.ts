import type { Context } from "hono";
import type { ImageSubmission } from "../../../shared/image-request.ts";
import type { Job } from "../../../shared/job.ts";
import { requestFingerprint } from "../canonical-json.ts";
import { type ClientRequest, findLostJob, findRetriedJob, noteLost, noteRequest } from "../client-retry.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { idempotencyOf } from "../middleware/idempotency-key.ts";
import { submitJob } from "../submit-job.ts";

/**
 * The job of this request. An `Idempotency-Key` decides where there is one. Else a request that repeats one whose answer never
 * arrived goes on with its job: clients send no key when they re-send, and would have it drawn twice. openai's client marks its
 * re-sends; with all others it is one when an equal request of the same key lost its connection before it was answered.
 */
export async function submitOrReattach(
  c: Context<ApiEnv>,
  { body, submission }: { readonly body: unknown; readonly submission: ImageSubmission },
  dependencies: RouteDependencies,
): Promise<Job> {
  const identity = c.get("identity");
  const traceparent = c.get("traceparent");
  const id = `job_${dependencies.newId()}`;
  const idempotency = idempotencyOf(c, body);
  if (idempotency !== undefined) {
    const { job, replayed } = await submitJob({ id, identity, submission, idempotency, traceparent }, dependencies);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return job;
  }
  const repeatedId = await repeatedRequest(c, { body, id }, dependencies);
  const repeated = repeatedId === undefined ? undefined : await dependencies.jobs.get(repeatedId);
  if (repeated !== undefined) {
    c.header("Idempotent-Replayed", "true");
    return repeated;
  }
  // A request that was noted but made nothing gets its own id back, so that two of its repetitions cannot both make a job.
  return (await submitJob({ id: repeatedId ?? id, identity, submission, traceparent }, dependencies)).job;
}

/**
 * What an equal request made, when this one repeats it because the answer to that one never arrived; `undefined` for a new request,
 * which is from then on known as the one that makes `id`. To be called before it is made.
 */
export async function repeatedRequest(
  c: Context<ApiEnv>,
  { body, id }: { readonly body: unknown; readonly id: string },
  dependencies: RouteDependencies,
): Promise<string | undefined> {
  const request = { keyId: c.get("identity").keyId, fingerprint: requestFingerprint(c.req.path, body) };
  const repeatedId = await findRepeated(c, request, dependencies);
  if (repeatedId === undefined) await noteRequest(request, id, dependencies);
  watchConnection(c, request, repeatedId ?? id, dependencies);
  return repeatedId;
}

function findRepeated(
  c: Context<ApiEnv>,
  request: ClientRequest,
  dependencies: RouteDependencies,
): Promise<string | undefined> {
  const marked = c.req.header("x-stainless-retry-count");
  if (marked === undefined) return findLostJob(request, dependencies);
  const retryCount = Number(marked);
  return Number.isInteger(retryCount) && retryCount > 0
    ? findRetriedJob(request, retryCount, dependencies)
    : Promise.resolve(undefined);
}

/** The signal aborts when the connection ends before the answer does. */
function watchConnection(
  c: Context<ApiEnv>,
  request: ClientRequest,
  jobId: string,
  dependencies: RouteDependencies,
): void {
  const onLost = () => {
    noteLost(request, jobId, dependencies).catch((error: unknown) =>
      dependencies.log("a lost connection could not be noted", { jobId, error: String(error) }),
    );
  };
  const { signal } = c.req.raw;
  if (signal.aborted) onLost();
  else signal.addEventListener("abort", onLost, { once: true });
}
