import type { Context } from "hono";
import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { heartbeatEveryMs, streamBody } from "../http/stream-body.ts";
import { InlineFiles, type InlineFilesOptions, jsonWithFiles } from "../jobs/inline-files.ts";
import { isCrowded } from "../jobs/is-crowded.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { notHeld, stillRunning } from "../problems/still-running.ts";

/** Within this a failure still gets its own status; after it the connection must be kept alive. */
export const quietMs = 10_000;

export interface HoldOptions {
  /**
   * JSON body of the response. An error thrown here becomes the response while no status has been sent, and cuts the
   * connection after that.
   * @param texts - of the job's files, which are in the response where they are in its body; see `InlineFiles`
   */
  readonly result: (job: Job, texts: readonly string[]) => Promise<unknown> | unknown;
  /** See `InlineFilesOptions`. */
  readonly change?: InlineFilesOptions["change"];
  /** See `InlineFilesOptions`. @default none */
  readonly besideOf?: (job: Job) => readonly string[];
  /** @default 200 */
  readonly status?: 200 | 201;
  /** Milliseconds before the first space. @default quietMs */
  readonly quietMs?: number;
  /** Respond by then, whether the job is over or not; milliseconds since the epoch. @default when the job is over */
  readonly until?: number;
}

/**
 * Respond with JSON once the job is over. A response that takes long begins with spaces, which JSON allows before it.
 * By then the status is sent, so a failure cuts the connection: a client that sends the request again gets the failed
 * job's error with its right status. A client that goes away does not cancel the job. Where responses cannot be
 * held forever, a response that reaches its limit ends with the error `still_running`, in the form of its API.
 */
export async function holdResponse(
  c: Context<ApiEnv>,
  submitted: Job,
  {
    result,
    change,
    besideOf,
    status = 200,
    quietMs: silence = quietMs,
    until: wanted = Number.POSITIVE_INFINITY,
  }: HoldOptions,
  dependencies: RouteDependencies,
): Promise<Response> {
  const { clock, log, longestResponseMs = Number.POSITIVE_INFINITY } = dependencies;
  const endsAt = clock.now() + longestResponseMs;
  const { signal } = c.req.raw;
  const crowded = await isCrowded(submitted, dependencies);
  // At once: ten that wait for a few seconds only to be refused would use up a new account's invocations as well.
  if (crowded && wanted === Number.POSITIVE_INFINITY) throw notHeld(submitted.id);
  const until = crowded ? clock.now() : wanted;
  const held = await waitForJob(submitted, dependencies, { until: Math.min(until, clock.now() + silence), signal });
  const isDue = (job: Job) => terminalStatuses.has(job.status) || clock.now() >= until;
  if (isDue(held)) {
    return jsonWithFiles(
      c,
      { job: held, status, change, beside: besideOf?.(held), make: (texts) => result(held, texts) },
      dependencies,
    );
  }
  const body = streamBody(
    async (write, gone) => {
      let job = held;
      while (!isDue(job) && !gone.aborted && clock.now() < endsAt) {
        await write(" ");
        const next = Math.min(until, endsAt, clock.now() + heartbeatEveryMs);
        job = await waitForJob(job, dependencies, { until: next, signal: gone });
      }
      if (gone.aborted) return;
      if (!isDue(job)) return write(await (await c.get("errorResponse")(stillRunning(job.id))).text());
      const files = new InlineFiles(job, { dependencies, change, beside: besideOf?.(job) });
      await files.write(JSON.stringify(await result(job, files.texts)), write, gone);
    },
    (error) => log("warn", "response cut off", { jobId: submitted.id, error: String(error) }),
  );
  return c.body(body, status, { "Content-Type": "application/json" });
}
