import { type Context, Hono } from "hono";
import { type Job, terminalStatuses } from "../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { readImages } from "../../inline-images.ts";
import { readJsonBody } from "../../json-body.ts";
import { bodyLimit } from "../../middleware/body-limit.ts";
import { requestLinks } from "../../request-links.ts";
import { eventStreamHeaders } from "../../server-sent-event.ts";
import { heartbeatEveryMs, streamBody } from "../../stream-body.ts";
import { waitForJob } from "../../wait-for-job.ts";
import { jobFailure } from "./errors.ts";
import { parseOpenaiRequest } from "./request.ts";
import { imagesResponse } from "./response.ts";
import { streamImages } from "./stream-images.ts";
import { submitOrReattach } from "./submit-or-reattach.ts";

/** Within this a failure still gets its own status; after it the connection must be kept alive. */
const quietMs = 10_000;

export function openaiRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, clock, log } = dependencies;
  return new Hono<ApiEnv>().post("/v1/images/generations", authenticate("jobs:write"), bodyLimit(), async (c) => {
    const body = await readJsonBody(c.req.raw);
    const { submission, stream, partialImages } = parseOpenaiRequest(body, dependencies);
    const submitted = await submitOrReattach(c, { body, submission }, dependencies);
    const onError = (error: unknown) => log("an answer was cut off", { jobId: submitted.id, error: String(error) });
    if (stream) {
      const events = streamBody(
        (write, signal) => streamImages(submitted, { partialImages, write, signal }, dependencies),
        onError,
      );
      return c.body(events, 200, eventStreamHeaders);
    }
    const signal = c.req.raw.signal;
    const job = await waitForJob(submitted, dependencies, { until: clock.now() + quietMs, signal });
    if (terminalStatuses.has(job.status)) return c.json(await result(c, job, dependencies));
    return c.body(streamBody(heldAnswer(c, job, dependencies), onError), 200, { "Content-Type": "application/json" });
  });
}

/**
 * The answer to a request that takes long: spaces, which JSON allows before it, then the result. By now the status is sent, so a
 * failure cuts the connection: a client that then sends the request again (openai does after its own time-out, and where the
 * connection was lost before the status) gets the failed job's error with its right status.
 * A client that goes away does not cancel the job.
 */
function heldAnswer(c: Context<ApiEnv>, held: Job, dependencies: RouteDependencies): Parameters<typeof streamBody>[0] {
  return async (write, signal) => {
    let job = held;
    while (!terminalStatuses.has(job.status) && !signal.aborted) {
      await write(" ");
      job = await waitForJob(job, dependencies, { until: dependencies.clock.now() + heartbeatEveryMs, signal });
    }
    if (!signal.aborted) await write(JSON.stringify(await result(c, job, dependencies)));
  };
}

/** @throws ApiError when the job has no pictures */
async function result(c: Context<ApiEnv>, job: Job, dependencies: RouteDependencies) {
  if (job.status !== "succeeded") throw jobFailure(job);
  const files = job.response === "b64" ? await readImages(job, dependencies.objects) : [];
  return imagesResponse(job, { files, link: requestLinks(c, dependencies) });
}
