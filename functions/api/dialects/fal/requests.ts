import type { Context } from "hono";
import { type Job, terminalStatuses } from "../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { eventStreamHeaders } from "../../http/server-sent-event.ts";
import { streamBody, type WriteText } from "../../http/stream-body.ts";
import { jsonWithFiles } from "../../jobs/inline-files.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { holdResponse } from "../hold-response.ts";
import { jobFailure } from "./errors.ts";
import { falModel } from "./fal-model.ts";
import { parseFalRequest } from "./request.ts";
import { presentFalResult, presentFalStatus, requestAddress } from "./response.ts";
import { streamFalResult, streamFalStatus } from "./stream-result.ts";

/** `POST https://fal.run/{id}` and `…/stream`: held until the result exists, or its events. */
export async function runRequest(
  c: Context<ApiEnv>,
  path: string,
  query: URLSearchParams,
  dependencies: RouteDependencies,
): Promise<Response> {
  const [, id = "", streamed] = /^\/(.+?)(\/stream)?$/.exec(path) ?? [];
  const job = await submit(c, { id, query, watched: streamed !== undefined }, dependencies);
  if (streamed === undefined) {
    return holdResponse(c, job, { result: (ended, files) => resultOf(c, ended, files, dependencies) }, dependencies);
  }
  const link = requestLinks(c, dependencies);
  return events(c, job, dependencies, (write, signal) => streamFalResult(job, { link, write, signal }, dependencies));
}

/** `POST https://queue.fal.run/{id}`: where to ask for the request. */
export async function queueRequest(
  c: Context<ApiEnv>,
  path: string,
  query: URLSearchParams,
  dependencies: RouteDependencies,
): Promise<Response> {
  const id = path.slice(1);
  const job = await submit(c, { id, query, waitMs: 0 }, dependencies);
  // The client asks for a request under the first two parts of its model's id.
  const app = id.split("/").slice(0, 2).join("/");
  const address = requestAddress(requestOrigin(c, dependencies), app, job);
  const position = await placesAhead(job, dependencies);
  return c.json({ status: "IN_QUEUE", request_id: job.id, ...address, queue_position: position });
}

/** A path of the queue's host: `/{app}/requests/{id}` and what is under it. */
export interface RequestPath {
  readonly app: string;
  readonly id: string;
  /** `/status`, `/status/stream`, `/cancel`; none for the result. */
  readonly action?: string;
}

export function requestPath(path: string): RequestPath | undefined {
  const [, app, id, action] = /^\/(.+?)\/requests\/([^/]+)(\/status\/stream|\/status|\/cancel)?$/.exec(path) ?? [];
  return app === undefined || id === undefined ? undefined : { app, id, action };
}

/**
 * Status, events, cancellation or result of a request.
 * @returns `undefined` where the method is not one of its action's
 */
export async function respondToRequest(
  c: Context<ApiEnv>,
  { app, id, action }: RequestPath,
  query: URLSearchParams,
  dependencies: RouteDependencies,
): Promise<Response | undefined> {
  const job = await ownJob(id, c.get("identity"), dependencies);
  const isOver = terminalStatuses.has(job.status);
  const logs = query.get("logs") === "1";
  const present = (latest: Job) => statusOf(c, app, latest, logs, dependencies);
  c.header("x-fal-request-id", job.id);
  switch (`${c.req.method} ${action ?? ""}`) {
    case "GET /status":
      if (logs && job.status === "running") await dependencies.watches.touch(job.id);
      return c.json(await present(job), isOver ? 200 : 202);
    case "GET /status/stream":
      return events(c, job, dependencies, (write, signal) =>
        streamFalStatus(job, { present, logs, write, signal }, dependencies),
      );
    case "PUT /cancel":
      if (isOver) return c.json({ status: "ALREADY_COMPLETED" }, 400);
      await dependencies.jobs.requestCancel(job.id);
      return c.json({ status: "CANCELLATION_REQUESTED" }, 202);
    case "GET ":
      if (isOver)
        return jsonWithFiles(c, { job, make: (files) => resultOf(c, job, files, dependencies) }, dependencies);
      throw new ApiError(400, "request_in_progress", "the request is still in progress; ask for its status first");
    default:
      return undefined;
  }
}

interface Order {
  /** fal's id of the model and its task. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** See `RepeatableRequest`. */
  readonly waitMs?: number;
  /** See `NewJob`. */
  readonly watched?: boolean;
}

async function submit(
  c: Context<ApiEnv>,
  { id, query, waitMs, watched }: Order,
  dependencies: RouteDependencies,
): Promise<Job> {
  const body = await readJsonBody(c.req.raw);
  const webhookUrl = query.get("fal_webhook") ?? undefined;
  const options = {
    webhookUrl,
    lowPriority: c.req.header("x-fal-queue-priority") === "low",
    startTimeoutS: startTimeoutS(c.req.header("x-fal-request-timeout")),
    lifecycle: c.req.header("x-fal-object-lifecycle-preference"),
    storeIo: c.req.header("x-fal-store-io"),
  };
  const submission = parseFalRequest(body, falModel(dependencies.models, id), options, dependencies);
  // The proxy's path is the same for all models, and the webhook is no part of the body.
  const request = { body: { id, body, webhookUrl }, submission, waitMs, watched };
  const job = await submitOrReattach(c, request, dependencies);
  c.header("x-fal-request-id", job.id);
  return job;
}

function resultOf(c: Context<ApiEnv>, job: Job, files: readonly string[], dependencies: RouteDependencies) {
  if (job.status !== "succeeded") throw jobFailure(job);
  return presentFalResult(job, { files, link: requestLinks(c, dependencies) });
}

async function statusOf(c: Context<ApiEnv>, app: string, job: Job, logs: boolean, dependencies: RouteDependencies) {
  const position = await placesAhead(job, dependencies);
  return presentFalStatus(job, { origin: requestOrigin(c, dependencies), app, logs, position });
}

async function placesAhead(job: Job, { queueView }: RouteDependencies): Promise<number> {
  return ((await queueView.place(job))?.position ?? 1) - 1;
}

function events(
  c: Context<ApiEnv>,
  job: Job,
  { log }: RouteDependencies,
  produce: (write: WriteText, signal: AbortSignal) => Promise<void>,
): Response {
  const onError = (error: unknown) => log("warn", "event stream cut off", { jobId: job.id, error: String(error) });
  return c.body(streamBody(produce, onError), 200, eventStreamHeaders);
}

/** Whole seconds of `x-fal-request-timeout`; a value that makes no sense is ignored. */
function startTimeoutS(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || !(seconds > 0) ? undefined : Math.min(86_400, Math.ceil(seconds));
}
