import { type Context, Hono } from "hono";
import * as z from "zod";
import { checkLink, signPath } from "../../../../shared/access/signed-link.ts";
import { InvalidInputError } from "../../../../shared/errors.ts";
import { type Job, terminalStatuses } from "../../../../shared/job.ts";
import { maxWaitS, resultLinkS } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { queryTime } from "../../http/query-time.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { eventStreamHeaders } from "../../http/server-sent-event.ts";
import { streamBody } from "../../http/stream-body.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { holdResponse } from "../hold-response.ts";
import { modelOrVersion, type ReplicateModel, servedModel } from "./model-names.ts";
import { cancelAfterS, type PredictionRequest, parsePrediction, submissionOfPrediction } from "./request.ts";
import { presentPrediction, refusedPrediction } from "./response.ts";
import { streamPrediction } from "./stream-prediction.ts";

const pageSize = 100;

const time = z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" });

const listQuerySchema = z.strictObject({
  cursor: z.string().min(1).max(2_000).optional(),
  created_after: time.optional(),
  created_before: time.optional(),
  // All are made through the API.
  source: z.literal("api").optional(),
});

function withTimes(query: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const isTime = (name: string) => name.startsWith("created_");
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, isTime(name) ? queryTime(value) : value]),
  );
}

/** Predictions: create, list, read, cancel, and the events of one. */
export function predictionRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models, jobs } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  const present = (c: Context<ApiEnv>, job: Job) => presentJob(c, job, dependencies);
  return (
    new Hono<ApiEnv>()
      .post("/v1/predictions", write, bodyLimit(), (c) =>
        createPrediction(c, dependencies, ({ version, model }) => {
          const named = version ?? model;
          if (named == null) throw new ApiError(422, "invalid_value", "version is required", { param: "version" });
          return modelOrVersion(models, named);
        }),
      )
      .post("/v1/models/:owner/:name/predictions", write, bodyLimit(), (c) =>
        createPrediction(c, dependencies, () => servedModel(models, `${c.req.param("owner")}/${c.req.param("name")}`)),
      )
      // There are no deployments to make: every model that is served is one of its own.
      .post("/v1/deployments/:owner/:name/predictions", write, bodyLimit(), (c) =>
        createPrediction(c, dependencies, () => servedModel(models, `${c.req.param("owner")}/${c.req.param("name")}`)),
      )
      .get("/v1/predictions", read, async (c) => {
        const query = parseFields(listQuerySchema, withTimes(c.req.query()));
        const { cursor, created_after, created_before } = query;
        const page = await jobs.list({
          accountId: c.get("identity").accountId,
          limit: pageSize,
          cursor,
          createdAfter: created_after === undefined ? undefined : Date.parse(created_after),
          createdBefore: created_before === undefined ? undefined : Date.parse(created_before),
        });
        // The next page is of the same list.
        const nextQuery = new URLSearchParams({ ...c.req.query(), cursor: page.cursor ?? "" });
        const next = page.cursor && `${requestOrigin(c, dependencies)}/v1/predictions?${nextQuery}`;
        return c.json({ previous: null, next: next ?? null, results: page.jobs.map((job) => present(c, job)) });
      })
      .get("/v1/predictions/:id", read, async (c) => {
        const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
        // Its logs list the steps.
        if (job.status === "running") await dependencies.watches.touch(job.id);
        return c.json(present(c, job));
      })
      .post("/v1/predictions/:id/cancel", write, async (c) => {
        const { id } = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
        return c.json(present(c, await jobs.requestCancel(id)));
      })
      .get("/v1/files/:id{job_[^/]+}/stream", (c) => streamEvents(c, c.req.param("id"), dependencies))
  );
}

/** @param modelOf - the model that the request, or the path, names */
async function createPrediction(
  c: Context<ApiEnv>,
  dependencies: RouteDependencies,
  modelOf: (request: PredictionRequest) => ReplicateModel,
) {
  const body = await readJsonBody(c.req.raw);
  const request = parsePrediction(body);
  const model = modelOf(request);
  const deadlineS = cancelAfterS(c.req.header("cancel-after"));
  const submission = submissionOfPrediction(request, { model, deadlineS }, dependencies);
  const waitS = preferredWaitS(c.req.header("prefer"));
  const waitMs = (waitS ?? 0) * 1_000;
  const job = await submitOrReattach(c, { body, submission, waitMs }, dependencies).catch((error: unknown) => {
    if (error instanceof InvalidInputError && error.code === "content_policy") return error;
    throw error;
  });
  if (job instanceof InvalidInputError) {
    const refused = {
      id: `job_${dependencies.newId()}`,
      at: dependencies.clock.now(),
      error: job,
      input: request.input,
    };
    return c.json(refusedPrediction(refused, { link: requestLinks(c, dependencies), model: model.model }), 201);
  }
  if (waitS === undefined) return c.json(presentJob(c, job, dependencies), 201);
  const result = (held: Job) => {
    const prediction = presentJob(c, held, dependencies);
    // The client takes every other status for the end, and `processing` for a result of nothing.
    return terminalStatuses.has(held.status) ? prediction : { ...prediction, status: "starting" };
  };
  return holdResponse(c, job, { result, status: 201, until: dependencies.clock.now() + waitMs }, dependencies);
}

/** The events of a prediction, for clients with the signed link to them. */
async function streamEvents(c: Context<ApiEnv>, id: string, dependencies: RouteDependencies) {
  const { jobs, clock, linkSecret } = dependencies;
  const { exp, sig } = c.req.query();
  const verdict = checkLink(linkSecret, { key: `stream/${id}`, exp, sig }, clock.now());
  const job = verdict === "valid" ? await jobs.get(id) : undefined;
  if (job === undefined) {
    throw new ApiError(403, "link_invalid", "the link's signature does not fit; get the prediction again");
  }
  const link = requestLinks(c, dependencies);
  const body = streamBody(
    (writeText, signal) => streamPrediction(job, { link, write: writeText, signal }, dependencies),
    (error) => dependencies.log("warn", "event stream cut off", { jobId: id, error: String(error) }),
  );
  return c.body(body, 200, eventStreamHeaders);
}

function presentJob(c: Context<ApiEnv>, job: Job, dependencies: RouteDependencies) {
  const { models, clock, linkSecret } = dependencies;
  const link = requestLinks(c, dependencies);
  const subject = `stream/${job.id}`;
  const { exp, sig } = signPath(linkSecret, subject, { now: clock.now(), lifeS: resultLinkS });
  // Under /v1/files, by which the client tells that the events carry files.
  const streamUrl = `${link.origin}/v1/files/${job.id}/stream?exp=${exp}&sig=${sig}`;
  return presentPrediction(job, { link, models, streamUrl });
}

/**
 * Seconds of `Prefer: wait=N`; a bare `wait` holds as long as a response may, because clients that never poll send it.
 * `undefined` when the client polls.
 */
function preferredWaitS(header: string | undefined): number | undefined {
  const match = /(?:^|,)\s*wait(?:\s*=\s*"?(\d{1,6})"?)?\s*(?:[;,]|$)/i.exec(header ?? "");
  if (match === null) return undefined;
  return match[1] === undefined ? maxWaitS : Math.min(Number(match[1]), maxWaitS);
}
