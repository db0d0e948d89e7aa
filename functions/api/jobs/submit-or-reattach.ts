import type { Context } from "hono";
import { PipelineError } from "../../../shared/errors.ts";
import type { Job, JobStatus } from "../../../shared/job.ts";
import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import type { ImageSubmission } from "../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestFingerprint } from "../http/canonical-json.ts";
import { hasArrived } from "../http/client-connection.ts";
import { paceOf } from "./client-pace.ts";
import {
  type ClientRequest,
  findEarlierJob,
  findLostJob,
  findRetriedJob,
  noteAnswered,
  noteLost,
  noteRequest,
} from "./client-retry.ts";
import { idempotencyOf } from "./idempotency-key.ts";
import { repetitionRule } from "./repetition-rule.ts";
import { submitJob } from "./submit-job.ts";

/** Nothing came of these: whoever asks again wants another try. */
const nothingToGive: ReadonlySet<JobStatus> = new Set(["failed", "canceled", "expired"]);

/**
 * The job of this request. An `Idempotency-Key` decides where there is one. Else a request that repeats one whose answer never
 * arrived goes on with its job: clients send no key when they re-send, and would have it drawn twice. openai's client marks its
 * re-sends; with all others it is one when an equal request of the same key lost its connection before it was answered, or was answered
 * and `repetitionRule` takes this one for its repetition.
 */
export async function submitOrReattach(
  c: Context<ApiEnv>,
  { body, submission }: { readonly body: unknown; readonly submission: ImageSubmission },
  dependencies: RouteDependencies,
): Promise<Job> {
  const identity = c.get("identity");
  const traceparent = c.get("traceparent");
  const idempotency = idempotencyOf(c, body);
  if (idempotency !== undefined) {
    const id = `job_${dependencies.newId()}`;
    const { job, replayed } = await submitJob({ id, identity, submission, idempotency, traceparent }, dependencies);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return job;
  }
  const newId = () => `job_${dependencies.newId()}`;
  const mayRepeat = async (id: string) => {
    const job = await dependencies.jobs.get(id);
    return job !== undefined && !nothingToGive.has(job.status);
  };
  const request = { body, newId, mayRepeat, seedGiven: submission.seedGiven };
  return onceEvenIfRepeated(c, request, dependencies, async ({ id, repeated, fingerprint, note }) => {
    const known = repeated ? await dependencies.jobs.get(id) : undefined;
    if (known !== undefined) {
      c.header("Idempotent-Replayed", "true");
      return known;
    }
    try {
      // A request that was noted but made nothing gets its own id back, so that two of its repetitions cannot both make a job.
      const noted = {
        requestFingerprint: fingerprint,
        note: !repeated ? note : undefined,
      };
      const newJob = { id, identity, submission, traceparent, ...noted };
      return (await submitJob(newJob, dependencies)).job;
    } catch (error) {
      // The request that is repeated here got there at the same moment after all.
      const made = error instanceof ItemsConditionFailed && repeated ? await dependencies.jobs.get(id) : undefined;
      if (made === undefined) throw error;
      return made;
    }
  });
}

/** What a request is to make, and whether an equal one may have made it. */
export interface OneRequest {
  readonly id: string;
  /** It repeats a request whose answer never arrived, and which was to make this. */
  readonly repeated: boolean;
  /** See `Job.requestFingerprint`; set where its client may send it again. */
  readonly fingerprint: string | undefined;
  /** Writes down that it makes `id`. To be called before that is made: what nobody can find again would be made, and paid, twice. */
  readonly note: () => Promise<void>;
}

export interface RepeatableRequest {
  readonly body: unknown;
  readonly newId: () => string;
  /** Whether what an equal request made can be given to this one too, though that was answered. */
  readonly mayRepeat: (id: string) => Promise<boolean>;
  /** The client says which of all possible pictures it wants. @default false */
  readonly seedGiven?: boolean;
}

/** Runs `make` for this request, which may be the repetition of one whose answer was lost; those still under way here are waited for. */
export function onceEvenIfRepeated<T>(
  c: Context<ApiEnv>,
  { body, newId, mayRepeat, seedGiven = false }: RepeatableRequest,
  dependencies: RouteDependencies,
  make: (request: OneRequest) => Promise<T>,
): Promise<T> {
  const { keyId, deduplicationWindowS } = c.get("identity");
  const request = { keyId, fingerprint: requestFingerprint(c.req.path, body) };
  const { signal } = c.req.raw;
  const retryCount = markedRetry(c);
  const resent = retryCount !== undefined && retryCount > 0;
  const receivedAt = c.get("receivedAt");
  const connection = c.get("connection");
  const pace = connection === undefined ? undefined : paceOf(c.req.header("user-agent"));
  const { hearsLostConnections = true } = dependencies;
  const unmarked = { receivedAt, deduplicationWindowS, seedGiven, pace, hasArrived, hearsLostConnections };
  const isRepeated = repetitionRule(unmarked);
  const run = async (): Promise<{ readonly id: string; readonly value: T }> => {
    let repeatedId = await findRepeated(request, { retryCount, receivedAt }, dependencies);
    if (repeatedId === undefined && isRepeated !== undefined) {
      repeatedId = await findEarlierJob(request, { isRepeated, mayRepeat }, dependencies);
    }
    const id = repeatedId ?? newId();
    const fingerprint = pace === undefined && retryCount === undefined ? undefined : request.fingerprint;
    const note = () => noteRequest(request, id, dependencies, { resent });
    return { id, value: await make({ id, repeated: repeatedId !== undefined, fingerprint, note }) };
  };
  const done = run();
  dependencies.underWay.add(request, { done, resent, lost: () => signal.aborted });
  const onLost = () => {
    const noted = done.then(({ id }) => noteLost(request, id, dependencies));
    // Its repetition may be here before that is written.
    dependencies.underWay.add(request, { done: noted, lost: () => true });
    noted.catch((error: unknown) => logUnlessRefused("a lost connection could not be noted", error, dependencies));
  };
  if (isRepeated !== undefined || retryCount !== undefined) {
    c.set("beforeAnswerEnds", async () => {
      // One that was refused, or could not be noted, must not take its answer with it.
      const answered = done.then(({ id }) => noteAnswered(request, id, { connection }, dependencies));
      await answered.catch((error: unknown) => logUnlessRefused("an answer could not be noted", error, dependencies));
    });
  }
  // The signal aborts when the connection ends before the answer does.
  if (signal.aborted) onLost();
  else signal.addEventListener("abort", onLost, { once: true });
  return done.then(({ value }) => value);
}

/** A request that was refused left nothing to find again. */
function logUnlessRefused(message: string, error: unknown, { log }: Pick<RouteDependencies, "log">): void {
  if (!(error instanceof PipelineError)) log(message, { error: String(error) });
}

/** What a client says itself, from 0; `undefined` where it does not say. */
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
    return findRetriedJob(request, retryCount, dependencies, hasArrived);
  }
  await underWay.settled(request, "repeated");
  return findLostJob(request, dependencies, { receivedAt, lost: retryCount === undefined });
}
