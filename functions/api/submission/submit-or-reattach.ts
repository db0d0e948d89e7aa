import type { Context } from "hono";
import { PipelineError } from "../../../shared/errors.ts";
import type { Job, JobStatus } from "../../../shared/job.ts";
import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import type { ImageSubmission } from "../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestFingerprint } from "../http/request-fingerprint.ts";
import { notStored } from "../jobs/forget-delivered.ts";
import {
  type ClientRequest,
  type EarlierRequest,
  findEarlierJob,
  findLostJob,
  findRetriedJob,
  type Made,
  type NewRequest,
  noteLost,
} from "./client-retry.ts";
import { isWithinWindow } from "./deduplication-window.ts";
import { idempotencyOf } from "./idempotency-key.ts";
import { submitJob } from "./submit-job.ts";

/** Jobs without a result: a client that asks again wants another attempt. */
const nothingToGive: ReadonlySet<JobStatus> = new Set(["failed", "canceled", "expired"]);

export interface SubmitRequest {
  readonly body: unknown;
  readonly submission: ImageSubmission;
  /** See `RepeatableRequest`. */
  readonly waitMs?: number;
  /** See `NewJob`. */
  readonly watched?: boolean;
}

/**
 * The job of this request. An `Idempotency-Key` decides where there is one. Else a request that repeats one whose
 * response never arrived goes on with its job: clients send no key when they send a request again, and would have it
 * drawn twice.
 */
export async function submitOrReattach(
  c: Context<ApiEnv>,
  request: SubmitRequest,
  dependencies: RouteDependencies,
): Promise<Job> {
  try {
    const job = await submitOnce(c, request, dependencies);
    if (job.forgottenAt !== undefined) throw notStored(job.id);
    return job;
  } finally {
    // The response may wait for the job for minutes, and needs the body no more.
    c.get("bodyRoom")?.close();
  }
}

async function submitOnce(
  c: Context<ApiEnv>,
  { body, submission, waitMs, watched }: SubmitRequest,
  dependencies: RouteDependencies,
): Promise<Job> {
  const { jobs } = dependencies;
  const identity = c.get("identity");
  const traceparent = c.get("traceparent");
  const newId = () => `job_${dependencies.newId()}`;
  const idempotency = idempotencyOf(c, body);
  if (idempotency !== undefined) {
    const newJob = { id: newId(), identity, submission, idempotency, traceparent, watched };
    const { job, replayed } = await submitJob(newJob, dependencies);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return job;
  }
  const made = async (id: string) => {
    const job = await jobs.get(id);
    return job !== undefined && !nothingToGive.has(job.status) && job.forgottenAt === undefined ? job : undefined;
  };
  const repeatable = { body, newId, made, waitMs, seedGiven: submission.seedGiven };
  return onceEvenIfRepeated(c, repeatable, dependencies, async ({ id, repeated, request }) => {
    const known = repeated ? await jobs.get(id) : undefined;
    if (known !== undefined) {
      c.header("Idempotent-Replayed", "true");
      return known;
    }
    try {
      // A request that was noted but made nothing gets its own id back, so that two of its repetitions cannot both make
      // a job.
      const newJob = { id, identity, submission, traceparent, watched, request: repeated ? undefined : request };
      return (await submitJob(newJob, dependencies)).job;
    } catch (error) {
      // The original request recorded its job at the same moment.
      const job = error instanceof ItemsConditionFailed && repeated ? await jobs.get(id) : undefined;
      if (job === undefined) throw error;
      return job;
    }
  });
}

/** What a request is to make, and whether an equal one may have made it. */
export interface OneRequest {
  readonly id: string;
  /** It repeats a request whose response never arrived, and which was to make this. */
  readonly repeated: boolean;
  /** To be noted (`noteRequest`) before `id` is made, unless it is repeated. */
  readonly request: NewRequest;
}

export interface RepeatableRequest {
  readonly body: unknown;
  readonly newId: () => string;
  /** What an equal request made, if it can be given to this one too though that was answered. */
  readonly made: (id: string) => Promise<Made | undefined>;
  /** How long the response waits for what it makes, at most; 0 where it does not. @default until that is finished */
  readonly waitMs?: number;
  /** The request names a seed. @default false */
  readonly seedGiven?: boolean;
}

/**
 * Runs `make` for this request, which repeats an earlier one when its client marked it so (`x-stainless-retry-count`),
 * when an equal request lost its connection before its response, or when its key's deduplication window says so. Equal
 * requests that this process is still working on are waited for.
 */
export function onceEvenIfRepeated<T>(
  c: Context<ApiEnv>,
  { body, newId, made, waitMs, seedGiven = false }: RepeatableRequest,
  dependencies: RouteDependencies,
  make: (request: OneRequest) => Promise<T>,
): Promise<T> {
  const { hearsLostConnections = true } = dependencies;
  const { keyId, deduplicationWindowS } = c.get("identity");
  const retryCount = markedRetry(c);
  const resent = retryCount !== undefined && retryCount > 0;
  const request = { keyId, fingerprint: requestFingerprint(c.req.path, body), resent, waitMs };
  const receivedAt = c.get("receivedAt");
  const windowMs = seedGiven ? 0 : (deduplicationWindowS ?? 0) * 1_000;
  const windowed = { receivedAt, windowMs, hearsLostConnections };
  const run = async (): Promise<{ readonly id: string; readonly value: T }> => {
    let repeatedId = await findRepeated(request, { retryCount, receivedAt }, dependencies);
    if (repeatedId === undefined && windowMs > 0) {
      const rule = { repeats: (earlier: EarlierRequest) => isWithinWindow(windowed, earlier), made };
      repeatedId = await findEarlierJob(request, rule, dependencies);
    }
    const id = repeatedId ?? newId();
    return { id, value: await make({ id, repeated: repeatedId !== undefined, request }) };
  };
  const done = run();
  noteWhenLost({ request, resent, done, signal: c.req.raw.signal }, dependencies);
  return done.then(({ value }) => value);
}

/**
 * Records what a request made when its connection ends before its response does, which the signal tells. On its own,
 * since what listens to the signal lives for as long as the request waits: nothing here may hold a request's images.
 */
function noteWhenLost(
  {
    request,
    resent,
    done,
    signal,
  }: {
    readonly request: ClientRequest;
    readonly resent: boolean;
    readonly done: Promise<{ readonly id: string }>;
    readonly signal: AbortSignal;
  },
  { underWay, log, ...dependencies }: RouteDependencies,
): void {
  underWay.add(request, { done, resent, lost: () => signal.aborted });
  const onLost = () => {
    const noted = done.then(({ id }) => noteLost(request, id, dependencies));
    // Its repetition may be here before that is written.
    underWay.add(request, { done: noted, lost: () => true });
    noted.catch((error: unknown) => {
      // A request that was refused left nothing to find again.
      if (error instanceof PipelineError) return;
      log("error", "failed to record a lost connection", { error: String(error) });
    });
  };
  if (signal.aborted) onLost();
  else signal.addEventListener("abort", onLost, { once: true });
}

/** The retry count that the client sends, from 0; `undefined` for a client that sends none. */
function markedRetry(c: Context<ApiEnv>): number | undefined {
  const marked = c.req.header("x-stainless-retry-count");
  if (marked === undefined) return undefined;
  return /^\d{1,6}$/.test(marked) ? Number(marked) : 0;
}

async function findRepeated(
  request: ClientRequest,
  { retryCount, receivedAt }: { readonly retryCount: number | undefined; readonly receivedAt: number },
  dependencies: RouteDependencies,
): Promise<string | undefined> {
  const { underWay } = dependencies;
  if (retryCount !== undefined && retryCount > 0) {
    await underWay.settled(request, "all");
    return findRetriedJob(request, retryCount, dependencies);
  }
  await underWay.settled(request, "repeated");
  return findLostJob(request, dependencies, { receivedAt, lost: retryCount === undefined });
}
