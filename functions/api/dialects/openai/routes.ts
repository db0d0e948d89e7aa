import { type Context, Hono } from "hono";
import type { Job } from "../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readForm } from "../../http/form-body.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks } from "../../http/request-links.ts";
import { eventStreamHeaders } from "../../http/server-sent-event.ts";
import { streamBody } from "../../http/stream-body.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { holdResponse } from "../hold-response.ts";
import { batchRoutes } from "./batch-routes.ts";
import { bodyOfEditForm, bodyOfEditJson, requireImage } from "./edit-body.ts";
import { jobFailure } from "./errors.ts";
import { parseOpenaiRequest } from "./request.ts";
import { imagesResponse, type StreamKind } from "./response.ts";
import { streamImages } from "./stream-images.ts";
import { uploadRoutes } from "./upload-routes.ts";

export function openaiRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  return new Hono<ApiEnv>()
    .post("/v1/images/generations", authenticate("jobs:write"), bodyLimit(), async (c) => {
      const body = await readJsonBody(c.req.raw);
      return respondWithImages(c, { kind: "image_generation", body }, dependencies);
    })
    .post("/v1/images/edits", authenticate("jobs:write"), bodyLimit(), async (c) => {
      const isJson = /^application\/json\b/i.test(c.req.header("content-type") ?? "");
      const body = isJson
        ? bodyOfEditJson(await readJsonBody(c.req.raw))
        : requireImage(await bodyOfEditForm(await readForm(c.req.raw)));
      return respondWithImages(c, { kind: "image_edit", body }, dependencies);
    })
    .route("/", batchRoutes(dependencies))
    .route("/", uploadRoutes(dependencies));
}

/** Submit the request and respond as it asks: with events, or everything at once. */
async function respondWithImages(
  c: Context<ApiEnv>,
  { kind, body }: { readonly kind: StreamKind; readonly body: unknown },
  dependencies: RouteDependencies,
): Promise<Response> {
  const { submission, stream, partialImages } = parseOpenaiRequest(body, dependencies);
  const submitted = await submitOrReattach(c, { body, submission, watched: stream && partialImages > 0 }, dependencies);
  if (!stream) {
    return holdResponse(
      c,
      submitted,
      { result: (job, files) => imagesResult(c, job, files, dependencies) },
      dependencies,
    );
  }
  const events = streamBody(
    (write, signal) => streamImages(submitted, { kind, partialImages, write, signal }, dependencies),
    (error) => dependencies.log("warn", "response cut off", { jobId: submitted.id, error: String(error) }),
  );
  return c.body(events, 200, eventStreamHeaders);
}

/** @throws ApiError when the job has no images */
function imagesResult(c: Context<ApiEnv>, job: Job, files: readonly string[], dependencies: RouteDependencies) {
  if (job.status !== "succeeded") throw jobFailure(job);
  return imagesResponse(job, { files, link: requestLinks(c, dependencies) });
}
