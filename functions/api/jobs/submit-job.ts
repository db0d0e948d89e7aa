import { createHash } from "node:crypto";
import { InvalidInputError } from "../../../shared/errors.ts";
import type { ImageParams, Job } from "../../../shared/job.ts";
import { jobMessage } from "../../../shared/jobs/job-message.ts";
import type { SubmitResult } from "../../../shared/jobs/job-store.ts";
import { traceIdOf } from "../../../shared/jobs/trace-context.ts";
import { minSide } from "../../../shared/limits.ts";
import { assertAllowedUrl } from "../../../shared/net/guarded-fetch.ts";
import { followImageSize } from "../../../shared/request/follow-image-size.ts";
import type { ImageSubmission, InputPictures } from "../../../shared/request/parse-image-request.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { admitJob } from "./admit-job.ts";
import type { Idempotency } from "./idempotency-key.ts";
import {
  checkMask,
  type InputPicture,
  type InputPictureDependencies,
  readInputPicture,
  storeInputPicture,
} from "./input-pictures.ts";
import { assertMaxCost, priceFor, priceSubmission } from "./price-submission.ts";

export interface NewJob {
  /** `job_` + ULID. */
  readonly id: string;
  readonly identity: Identity;
  readonly submission: ImageSubmission;
  readonly idempotency?: Idempotency;
  /** W3C Trace Context of the request. */
  readonly traceparent?: string;
  /** See `Job`. */
  readonly requestFingerprint?: string;
  /** Called once the job is let in, before it is recorded. */
  readonly note?: () => Promise<void>;
}

type SubmitDependencies = Pick<
  RouteDependencies,
  "items" | "objects" | "jobs" | "queue" | "queueView" | "clock" | "models" | "prices" | "localMode" | "log"
>;

/**
 * Record a validated job, then queue it. On return it is durable: when the queue cannot be reached the job waits for the tick,
 * which sends it again, and the client need not know.
 */
export async function submitJob(newJob: NewJob, dependencies: SubmitDependencies): Promise<SubmitResult> {
  const { jobs, queue, log } = dependencies;
  const { idempotency, identity, submission } = newJob;
  const createdAt = dependencies.clock.now();
  // Where the size is that of a picture which is still to be read, the least that it can cost is what may refuse the job before.
  const draft = createJob({ ...newJob, submission: withLeastSize(submission) }, createdAt, dependencies);
  assertMaxCost(draft.price!, submission.maxCost);
  const { unlimited = false, monthlyCap: accountMonthlyCap, lowBalance } = identity.terms;
  const keyMonthlyCap = identity.limits?.monthlyCap;
  const terms = {
    unlimited,
    accountMonthlyCap,
    keyMonthlyCap,
    lowBalance,
  };
  const prepare = async (): Promise<Job> => {
    await newJob.note?.();
    const { image: reference } = submission.pictures;
    const image =
      reference === undefined
        ? undefined
        : await readInputPicture(reference, "image", identity.accountId, dependencies);
    const sized = image ? followImageSize(submission, image, dependencies.models) : submission;
    const job = createJob({ ...newJob, submission: sized }, createdAt, dependencies);
    assertMaxCost(job.price!, submission.maxCost);
    const keys = await storePictures({ ...submission.pictures, image }, job.params, identity.accountId, dependencies);
    await storeLatents(job, submission, dependencies);
    return { ...job, params: { ...job.params, ...keys } };
  };
  const result = await jobs
    .submit({
      job: draft,
      terms,
      admit: () => admitJob(draft, identity, dependencies),
      prepare,
      weight: identity.terms.weight ?? 1,
      idempotency,
    })
    .catch(inClientsWords);
  if (result.replayed) return result;
  const { job } = result;
  log("job accepted", { jobId: job.id, traceId: traceIdOf(job.traceparent) });
  if (result.waiting) return result;
  try {
    await queue.send(jobMessage(job.id, job.traceparent), { lane: submission.lane });
    await jobs.confirmSent(job.id);
  } catch (error) {
    log("a job was recorded but not queued; the tick will send it", { jobId: job.id, error: String(error) });
  }
  return result;
}

function withLeastSize(submission: ImageSubmission): ImageSubmission {
  if (!submission.followsImageSize) return submission;
  return { ...submission, params: { ...submission.params, width: minSide, height: minSide } };
}

function createJob(
  { id, identity, submission, traceparent, requestFingerprint }: NewJob,
  createdAt: number,
  dependencies: SubmitDependencies,
): Job {
  const { params, latents, response, webhook, metadata, deadlineS, warnings, lane } = submission;
  if (webhook !== undefined) assertAllowedUrl(webhook.url, { allowLoopback: dependencies.localMode });
  // Named by content: a re-run from the same latents stores them once.
  const latentsKey =
    latents && `in/${identity.accountId}/latents-${createHash("sha256").update(latents).digest("hex")}.f32`;
  return {
    id,
    accountId: identity.accountId,
    keyId: identity.keyId,
    status: "queued",
    params: { ...params, ...(latentsKey !== undefined && { latentsKey }) },
    metadata,
    lane,
    price: priceFor(identity, priceSubmission(submission, dependencies, createdAt)),
    webhook,
    response: response === "b64" ? response : undefined,
    createdAt,
    deadlineAt: deadlineS === undefined ? undefined : createdAt + deadlineS * 1000,
    traceparent,
    requestFingerprint,
    attempt: 0,
    failures: 0,
    images: [],
    warnings,
  };
}

/**
 * One after another: what is wrong with the first picture is known before the second is fetched, and they are not all held at once.
 * @param pictures - `image` has been read
 */
async function storePictures(
  {
    image,
    mask: maskReference,
    references = [],
    controlImage,
  }: Omit<InputPictures, "image"> & { readonly image: InputPicture | undefined },
  { controlNet, maskMode = "white" }: ImageParams,
  accountId: string,
  dependencies: InputPictureDependencies,
): Promise<Pick<ImageParams, "imageKey" | "maskKey" | "referenceKeys" | "controlNet">> {
  const read = (reference: string, param: string) => readInputPicture(reference, param, accountId, dependencies);
  const store = (picture: InputPicture) => storeInputPicture(picture, accountId, dependencies);
  const imageKey = image && (await store(image));
  const mask = maskReference === undefined ? undefined : await read(maskReference, "mask");
  if (image && mask) await checkMask(mask, image, maskMode);
  const maskKey = mask && (await store(mask));
  const referenceKeys: string[] = [];
  for (const [index, reference] of references.entries()) {
    referenceKeys.push(await store(await read(reference, `references.${index}`)));
  }
  const controlKey = controlImage === undefined ? undefined : await store(await read(controlImage, "controlnet.image"));
  return {
    imageKey,
    maskKey,
    referenceKeys: referenceKeys.length > 0 ? referenceKeys : undefined,
    controlNet: controlNet && controlKey !== undefined ? { ...controlNet, imageKey: controlKey } : undefined,
  };
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

/** The store knows the key with our prefix before it; the client knows its header. */
function inClientsWords(error: unknown): never {
  if (!(error instanceof InvalidInputError) || error.code !== "idempotency_key_reused") throw error;
  const message = "this Idempotency-Key came with another body before; send the same body again or take a new key";
  throw new InvalidInputError(error.code, message, { param: "Idempotency-Key", cause: error });
}
