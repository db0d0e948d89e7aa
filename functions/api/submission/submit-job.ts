import { createHash, randomBytes } from "node:crypto";
import { LimitError } from "../../../shared/errors.ts";
import type { Job, JobModeration } from "../../../shared/job.ts";
import { sendJob } from "../../../shared/jobs/job-message.ts";
import type { SubmitResult } from "../../../shared/jobs/job-store.ts";
import { traceIdOf } from "../../../shared/jobs/trace-context.ts";
import { minSide } from "../../../shared/limits.ts";
import type { SpendTerms } from "../../../shared/money/ledger.ts";
import { assertMaySpend } from "../../../shared/money/spend-check.ts";
import { assertAllowedUrl } from "../../../shared/net/guarded-fetch.ts";
import { withCallerNames } from "../../../shared/request/caller-names.ts";
import type { ImageSubmission } from "../../../shared/request/parse-image-request.ts";
import { drawsNothing } from "../../../shared/request/product-rules.ts";
import { followImageSize } from "../../../shared/request/size/follow-image-size.ts";
import { deleteObjects } from "../../../shared/unstored/forget-job.ts";
import type { Identity } from "../access/identity.ts";
import { resolveLoras } from "../adapters/resolve-loras.ts";
import type { RouteDependencies } from "../dependencies.ts";
import type { AccountStreams } from "../events/account-streams.ts";
import { admitJob } from "./admit-job.ts";
import { type NewRequest, noteRequest } from "./client-retry.ts";
import type { Idempotency } from "./idempotency-key.ts";
import { type InputImage, inputsOf, readInputImage, storeInputImages } from "./input-images.ts";
import { assertMaxCost, priceFor, priceSubmission } from "./price-submission.ts";

export interface NewJob {
  /** `job_` + ULID. */
  readonly id: string;
  readonly identity: Identity;
  readonly submission: ImageSubmission;
  readonly idempotency?: Idempotency;
  /** W3C Trace Context of the request. */
  readonly traceparent?: string;
  /** The request that makes it, where a repetition of it must find this job again. */
  readonly request?: NewRequest;
  /** The response shows its steps. */
  readonly watched?: boolean;
}

type SubmitDependencies = Pick<
  RouteDependencies,
  | "items"
  | "objects"
  | "newId"
  | "jobs"
  | "queue"
  | "queueView"
  | "clock"
  | "models"
  | "prices"
  | "localMode"
  | "budget"
  | "moderator"
  | "log"
> & {
  /** Streams of this process that want to know of new jobs. @default none */
  readonly accountStreams?: AccountStreams;
};

/**
 * The one way of a validated request into the queue. On return the job is durable: when the queue cannot be reached it
 * waits for the tick, which sends it again, and the client need not know. Errors name the fields as the request did.
 *
 * @throws InvalidInputError `idempotency_key_reused`, `max_cost_exceeded`, `invalid_image`, `webhook_url_forbidden` …
 * @throws InvalidInputError `content_policy`
 * @throws LimitError `queue_full`, `concurrency_limit`, `too_many_fetches`, `service_busy`, `moderation_unavailable`
 * @throws SpendError `insufficient_balance`, `spend_limit`
 */
export async function submitJob(newJob: NewJob, dependencies: SubmitDependencies): Promise<SubmitResult> {
  const { callerName } = newJob.submission;
  try {
    return await submitInNativeNames(newJob, dependencies);
  } catch (error) {
    throw callerName ? withCallerNames(error, callerName) : error;
  }
}

async function submitInNativeNames(newJob: NewJob, dependencies: SubmitDependencies): Promise<SubmitResult> {
  const { items, jobs, clock } = dependencies;
  const { id, identity, submission, idempotency, request } = newJob;
  const { accountId } = identity;

  const earlier = idempotency && (await jobs.findReplay(accountId, idempotency));
  if (earlier !== undefined) return { job: earlier, replayed: true };

  const createdAt = clock.now();
  // Where the size follows an image that is not read yet, the smallest size decides: the job cannot cost less.
  const draft = createJob({ ...newJob, submission: withLeastSize(submission) }, createdAt, dependencies);
  assertMaxCost(draft.price!, submission.maxCost);
  const place = await admitJob(draft, identity, dependencies);
  const terms = spendTermsOf(identity);
  await assertMaySpend(items, draft, terms);

  // From here on it may take long: a repetition that comes meanwhile must find this request.
  if (request !== undefined) await noteRequest(request, id, dependencies);
  // Where nothing is drawn, nothing reads the prompt.
  const prompt = drawsNothing(draft.params)
    ? undefined
    : await dependencies.moderator.assertAllowed(accountId, draft.params.prompt);
  const recorded = recordJob(newJob, { place, terms, createdAt, prompt }, dependencies);
  return draft.unstored === undefined ? recorded : recorded.finally(() => dropUnused(draft, dependencies));
}

/** Stores what the request brings, records its job and queues it. */
async function recordJob(
  newJob: NewJob,
  {
    place,
    terms,
    createdAt,
    prompt,
  }: {
    readonly place: Awaited<ReturnType<typeof admitJob>>;
    readonly terms: SpendTerms;
    readonly createdAt: number;
    /** What judged it, see `JobModeration`. */
    readonly prompt: JobModeration["prompt"];
  },
  dependencies: SubmitDependencies,
): Promise<SubmitResult> {
  const { jobs } = dependencies;
  const { identity, idempotency, watched } = newJob;
  const { accountId } = identity;
  const { job: fetched, inputs } = await fetchInputs(newJob, createdAt, dependencies);
  const moderation = prompt === undefined && inputs === undefined ? undefined : { prompt, inputs };
  const ready: Job = { ...fetched, moderation };

  // One transaction, which requires the key to be unused and the money to be there once more.
  const isWatched = watched || dependencies.accountStreams?.isOpen(accountId);
  const recorded = { job: { ...ready, ...place }, terms, idempotency, watched: isWatched };
  const result = await jobs.submit(recorded).catch(async (error: unknown) => {
    // Others of this moment took the last room: it is said again, with the time until there is some.
    if (error instanceof LimitError) await admitJob(ready, identity, dependencies);
    throw error;
  });
  if (result.replayed) return result;
  dependencies.accountStreams?.tell(accountId);
  await queueJob(result.job, dependencies);
  return result;
}

/** Deletes what a request with `store: false` brought, where no job of this id was recorded. */
async function dropUnused(job: Job, { jobs, objects, log }: SubmitDependencies): Promise<void> {
  try {
    if ((await jobs.get(job.id)) === undefined) await deleteObjects(job, objects);
  } catch (error) {
    log("error", "failed to delete the input images of a refused request", { jobId: job.id, error: String(error) });
  }
}

/** The job with all that its request names stored: images, LoRAs, latents. */
async function fetchInputs(
  newJob: NewJob,
  createdAt: number,
  dependencies: SubmitDependencies,
): Promise<{ readonly job: Job; readonly inputs: JobModeration["inputs"] }> {
  const { submission, identity } = newJob;
  const { accountId } = identity;
  const room = dependencies.budget.memory.open(accountId);
  const reader = { accountId, room };
  try {
    const { inputImages, followsImageSize } = submission;
    const read = (reference: string, param: string) => readInputImage(reference, param, reader, dependencies);
    const image = inputImages.image === undefined ? undefined : await read(inputImages.image, "image");
    const isControlFollowed = followsImageSize && image === undefined && inputImages.controlImage !== undefined;
    const control = isControlFollowed ? await read(inputImages.controlImage, "controlnet.image") : undefined;
    const followed = image ?? control;
    const sized = followed ? followImageSize(submission, followed, dependencies.models) : submission;
    const job = createJob({ ...newJob, submission: sized }, createdAt, dependencies);
    assertMaxCost(job.price!, submission.maxCost);
    let inputs: JobModeration["inputs"];
    const judgeInput = async (input: InputImage, param: string) => {
      const by = await dependencies.moderator.assertImageAllowed(input, param);
      inputs = inputs === "unjudged" ? inputs : by;
    };
    const judging = { ...dependencies, judgeInput };
    const keys = await storeInputImages({ ...inputImages, image, control }, job, reader, judging);
    const { loras } = await resolveLoras(job, dependencies);
    await storeLatents(job, submission, dependencies);
    return { job: { ...job, params: { ...job.params, ...keys, loras } }, inputs };
  } finally {
    room.close();
  }
}

function withLeastSize(submission: ImageSubmission): ImageSubmission {
  if (!submission.followsImageSize) return submission;
  return { ...submission, params: { ...submission.params, width: minSide, height: minSide } };
}

function createJob(
  { id, identity, submission, traceparent }: NewJob,
  createdAt: number,
  dependencies: SubmitDependencies,
): Job {
  const { params, latents, response, webhook, metadata, deadlineS, warnings, lane } = submission;
  if (webhook !== undefined) assertAllowedUrl(webhook.url, { allowLoopback: dependencies.localMode });
  // Named by content: a re-run from the same latents stores them once.
  const unstored = submission.store === false ? { salt: randomBytes(16).toString("base64url") } : undefined;
  const inputs = inputsOf({ id, accountId: identity.accountId, unstored });
  const latentsKey = latents && `${inputs}latents-${createHash("sha256").update(latents).digest("hex")}.f32`;
  return {
    id,
    accountId: identity.accountId,
    keyId: identity.keyId,
    status: "queued",
    params: {
      ...params,
      latentsKey,
      parametersInFile: identity.parametersInFile === false ? false : params.parametersInFile,
    },
    metadata,
    lane,
    price: priceFor(identity, priceSubmission(submission, dependencies, createdAt)),
    webhook,
    response: response === "b64" ? response : undefined,
    unstored,
    createdAt,
    deadlineAt: deadlineS === undefined ? undefined : createdAt + deadlineS * 1000,
    traceparent,
    attempt: 0,
    failures: 0,
    images: [],
    warnings,
  };
}

function spendTermsOf({ terms, limits }: Identity): SpendTerms {
  const { unlimited = false, monthlyCap: accountMonthlyCap, maxOpenJobs: accountMaxOpen, lowBalance } = terms;
  const { monthlyCap: keyMonthlyCap, maxOpenJobs: keyMaxOpen } = limits ?? {};
  return { unlimited, accountMonthlyCap, keyMonthlyCap, accountMaxOpen, keyMaxOpen, lowBalance };
}

async function storeLatents(
  { params: { latentsKey } }: Job,
  { latents }: ImageSubmission,
  { objects }: SubmitDependencies,
): Promise<void> {
  if (latents === undefined || latentsKey === undefined) return;
  // As with input images: stored again, because its age decides when it is deleted.
  await objects.put(latentsKey, latents, { contentType: "application/octet-stream" });
}

async function queueJob(job: Job, { queue, jobs, log }: SubmitDependencies): Promise<void> {
  log("info", "job accepted", { jobId: job.id, traceId: traceIdOf(job.traceparent) });
  try {
    await sendJob(queue, job);
    await jobs.confirmSent(job.id);
  } catch (error) {
    log("error", "failed to queue a recorded job; the tick will send it", { jobId: job.id, error: String(error) });
  }
}
