import { type Context, Hono } from "hono";
import * as z from "zod";
import { checkLink, signPath } from "../../../../shared/access/signed-link.ts";
import { NotFoundError } from "../../../../shared/errors.ts";
import { type Job, terminalStatuses } from "../../../../shared/job.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { ApiError } from "../../http/api-error.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { eventStreamHeaders } from "../../http/server-sent-event.ts";
import { streamBody } from "../../http/stream-body.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { readResultsBase64 } from "../../jobs/result-base64.ts";
import { submitOrReattach } from "../../jobs/submit-or-reattach.ts";
import { holdAnswer } from "../hold-answer.ts";
import { jobFailure } from "./errors.ts";
import { falModel, parseFalRequest } from "./request.ts";
import { presentFalResult, presentFalStatus, requestAddress } from "./response.ts";
import { streamFalResult, streamFalStatus } from "./stream-result.ts";
import { directTarget, type FalTarget, proxiedTarget } from "./target.ts";

const uploadRequestSchema = z.object({
  content_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, "must be a media type such as image/png"),
  file_name: z.string().max(500).nullish(),
});

/** Life of an upload link, in seconds. */
const uploadLinkS = 3_600;

export function falRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models, jobs, objects, queueView, clock, linkSecret, newId, log } = dependencies;
  const write = authenticate("jobs:write");
  const onBreak = (job: Job) => (error: unknown) =>
    log("an event stream broke off", { jobId: job.id, error: String(error) });

  /** @param waitMs - see `RepeatableRequest` */
  async function submit(c: Context<ApiEnv>, id: string, query: URLSearchParams, waitMs?: number): Promise<Job> {
    const body = await readJsonBody(c.req.raw);
    const options = {
      webhookUrl: query.get("fal_webhook") ?? undefined,
      lowPriority: c.req.header("x-fal-queue-priority") === "low",
      startTimeoutS: startTimeoutS(c.req.header("x-fal-request-timeout")),
    };
    const submission = parseFalRequest(body, falModel(models, id), options, dependencies);
    // The proxy's path is the same for all models, and the webhook is no part of the body.
    const { webhookUrl } = options;
    const asked = { id, body, webhookUrl };
    const job = await submitOrReattach(c, { body: asked, submission, waitMs }, dependencies);
    c.header("x-fal-request-id", job.id);
    return job;
  }

  async function result(c: Context<ApiEnv>, job: Job) {
    if (job.status !== "succeeded") throw jobFailure(job);
    const files = job.response === "b64" ? await readResultsBase64(job, objects) : [];
    return presentFalResult(job, { files, link: requestLinks(c, dependencies) });
  }

  async function run(c: Context<ApiEnv>, path: string, query: URLSearchParams): Promise<Response> {
    const [, id = "", streamed] = /^\/(.+?)(\/stream)?$/.exec(path) ?? [];
    const job = await submit(c, id, query);
    if (streamed === undefined) return holdAnswer(c, job, { result: (ended) => result(c, ended) }, dependencies);
    const link = requestLinks(c, dependencies);
    const events = streamBody(
      (writeText, signal) => streamFalResult(job, { link, write: writeText, signal }, dependencies),
      onBreak(job),
    );
    return c.body(events, 200, eventStreamHeaders);
  }

  async function status(c: Context<ApiEnv>, app: string, job: Job, logs: boolean) {
    const position = ((await queueView.place(job))?.position ?? 1) - 1;
    return presentFalStatus(job, { origin: requestOrigin(c, dependencies), app, logs, position });
  }

  async function request(c: Context<ApiEnv>, target: FalTarget, match: RegExpExecArray): Promise<Response> {
    const [, app = "", id = "", action] = match;
    const { method } = c.req;
    const job = await ownJob(id, c.get("identity"), dependencies);
    const isOver = terminalStatuses.has(job.status);
    c.header("x-fal-request-id", job.id);
    if (method === "GET" && action === "/status") {
      return c.json(await status(c, app, job, target.query.get("logs") === "1"), isOver ? 200 : 202);
    }
    if (method === "GET" && action === "/status/stream") {
      const logs = target.query.get("logs") === "1";
      const events = streamBody(
        (writeText, signal) =>
          streamFalStatus(
            job,
            { present: (latest) => status(c, app, latest, logs), write: writeText, signal },
            dependencies,
          ),
        onBreak(job),
      );
      return c.body(events, 200, eventStreamHeaders);
    }
    if (method === "PUT" && action === "/cancel") {
      if (isOver) return c.json({ status: "ALREADY_COMPLETED" }, 400);
      await jobs.requestCancel(job.id);
      return c.json({ status: "CANCELLATION_REQUESTED" }, 202);
    }
    if (method === "GET" && action === undefined) {
      if (isOver) return c.json(await result(c, job));
      throw new ApiError(400, "request_in_progress", "the request is still in progress; ask for its status first");
    }
    throw routeNotFound(c, target);
  }

  async function initiateUpload(c: Context<ApiEnv>): Promise<Response> {
    const { content_type: contentType, file_name: fileName } = parseFields(
      uploadRequestSchema,
      await readJsonBody(c.req.raw),
    );
    const name =
      (fileName ?? "file")
        .replace(/[^A-Za-z0-9_.-]+/g, "_")
        .replace(/^\.+/, "")
        .slice(-80) || "file";
    const key = `in/${c.get("identity").accountId}/${newId()}/${name}`;
    const link = requestLinks(c, dependencies);
    const { exp, sig } = signPath(linkSecret, uploadSubject(key, contentType), {
      now: clock.now(),
      lifeS: uploadLinkS,
    });
    return c.json({
      upload_url: `${link.origin}/fal/upload/${key}?exp=${exp}&sig=${sig}`,
      file_url: link.file(key).url,
    });
  }

  async function dispatch(c: Context<ApiEnv>, target: FalTarget): Promise<Response> {
    const { host, path, query } = target;
    const found =
      host === "queue" ? /^\/(.+?)\/requests\/([^/]+)(\/status\/stream|\/status|\/cancel)?$/.exec(path) : null;
    if (found !== null) return request(c, target, found);
    if (c.req.method === "POST" && host === "run") return run(c, path, query);
    if (c.req.method === "POST" && host === "rest" && path === "/storage/upload/initiate") return initiateUpload(c);
    if (c.req.method === "POST" && host === "queue") {
      const id = path.slice(1);
      const job = await submit(c, id, query, 0);
      // The client asks for a request under the first two parts of its model's id.
      const app = id.split("/").slice(0, 2).join("/");
      const address = requestAddress(requestOrigin(c, dependencies), app, job);
      const position = ((await queueView.place(job))?.position ?? 1) - 1;
      return c.json({ status: "IN_QUEUE", request_id: job.id, ...address, queue_position: position });
    }
    throw routeNotFound(c, target);
  }

  return (
    new Hono<ApiEnv>()
      .on(["GET", "POST", "PUT"], "/fal/proxy", write, bodyLimit(), (c) =>
        dispatch(c, proxiedTarget(c.req.header("x-fal-target-url"))),
      )
      .on(["GET", "POST", "PUT"], ["/fal/run/*", "/fal/queue/*", "/fal/rest/*"], write, bodyLimit(), (c) =>
        dispatch(c, directTarget(new URL(c.req.url))),
      )
      // The bare PUT of a file, to the address that `initiateUpload` gave out.
      .put("/fal/upload/:key{.+}", bodyLimit(), async (c) => {
        const key = c.req.param("key");
        const { exp, sig } = c.req.query();
        const contentType = c.req.header("content-type") ?? "application/octet-stream";
        if (checkLink(linkSecret, { key: uploadSubject(key, contentType), exp, sig }, clock.now()) !== "valid") {
          throw new ApiError(403, "link_invalid", "the upload link has expired, or is for another file or media type");
        }
        await objects.put(key, new Uint8Array(await c.req.arrayBuffer()), { contentType });
        return c.body(null, 200);
      })
  );
}

/** Signed with the media type, so that a link for a picture takes no page of HTML. */
function uploadSubject(key: string, contentType: string): string {
  return `upload ${contentType.split(";")[0]?.trim().toLowerCase()} ${key}`;
}

/** Whole seconds of `x-fal-request-timeout`; one that makes no sense is left unapplied. */
function startTimeoutS(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || !(seconds > 0) ? undefined : Math.min(86_400, Math.ceil(seconds));
}

function routeNotFound({ req }: Context, { host, path }: FalTarget): NotFoundError {
  return new NotFoundError(
    "route_not_found",
    `there is no ${req.method} ${path.slice(0, 100)} on fal's ${host} address`,
  );
}
