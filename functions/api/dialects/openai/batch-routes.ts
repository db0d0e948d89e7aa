import { type Context, Hono } from "hono";
import * as z from "zod";
import { maxMetadataKeyCharacters, maxMetadataKeys, maxMetadataValueCharacters } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { type Change, canceled, changeRun, resumed } from "../../../runs/change-run.ts";
import { batchEndpoints } from "../../../runs/openai-batch/batch-lines.ts";
import { type Run, type RunStatus, unreadRun } from "../../../runs/run.ts";
import { createRun, findRun, listRuns, readRun } from "../../../runs/run-store.ts";
import { wakeRun } from "../../../runs/steps/wake-run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { UploadedFiles } from "../../files/uploaded-files.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { pageLimit } from "../../http/page-query.ts";
import { requestOrigin } from "../../http/request-links.ts";
import { noteRequest } from "../../submission/client-retry.ts";
import { onceEvenIfRepeated } from "../../submission/submit-or-reattach.ts";
import type { openaiBatchSchema } from "./batch-schemas.ts";
import { expiresAfterSchema } from "./files.ts";

/** Batches on a page. */
export const maxPage = 100;

export const batchRequestSchema = z
  .strictObject({
    input_file_id: z.string().max(200),
    endpoint: z.enum(batchEndpoints),
    completion_window: z.literal("24h"),
    metadata: z
      .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
      .refine(
        (metadata) => Object.keys(metadata).length <= maxMetadataKeys,
        `must have at most ${maxMetadataKeys} keys`,
      )
      .nullish(),
    output_expires_after: expiresAfterSchema,
  })
  .meta({
    id: "OpenAIBatchRequest",
    examples: [{ input_file_id: "file-01…", endpoint: "/v1/images/generations", completion_window: "24h" }],
  });

const windowMs = 86_400_000;
/** These runs give no more results: a repeated request asks for another batch. */
const nothingToGive: ReadonlySet<RunStatus> = new Set(["failed", "expired", "canceling", "canceled"]);

/** `/v1/batches`: a file of requests, drawn a few at a time by the engine in `functions/runs`. */
export function batchRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, items } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  return new Hono<ApiEnv>()
    .post("/v1/batches", write, bodyLimit(), (c) => createBatch(c, dependencies))
    .get("/v1/batches", read, async (c) => {
      const limit = pageLimit(c.req.query("limit"), { most: maxPage, usual: 20 });
      const page = await listRuns(items, c.get("identity").accountId, { limit, after: c.req.query("after") });
      const ids = page.runs.map(({ id }) => id);
      const ends = { first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
      return c.json({ object: "list", data: page.runs.map(presentBatch), has_more: page.hasMore, ...ends });
    })
    .get("/v1/batches/:id", read, async (c) => {
      const { run } = await readRun(items, c.get("identity").accountId, c.req.param("id"));
      return c.json(presentBatch(run));
    })
    .post("/v1/batches/:id/cancel", write, (c) => changeBatch(c, c.req.param("id"), canceled, dependencies))
    .post("/v1/batches/:id/resume", write, (c) => changeBatch(c, c.req.param("id"), resumed(), dependencies));
}

/** Records the batch once, however often its request is sent again. Its file is read later. */
async function createBatch(c: Context<ApiEnv>, dependencies: RouteDependencies) {
  const { items, clock, newId } = dependencies;
  const body = await readJsonBody(c.req.raw);
  const request = parseFields(batchRequestSchema, body);
  const identity = c.get("identity");
  const { accountId } = identity;
  const newBatchId = () => `batch_${newId()}`;
  const own = async (id: string) => {
    const run = (await findRun(items, id))?.run;
    return run?.identity.accountId === accountId && run.face === "openai_batch" ? run : undefined;
  };
  const made = async (id: string) => {
    const run = await own(id);
    return run !== undefined && !nothingToGive.has(run.status) ? run : undefined;
  };
  const order = { body, newId: newBatchId, made, waitMs: 0 };
  return onceEvenIfRepeated(c, order, dependencies, async ({ id, repeated, request: noted }) => {
    const known = repeated ? await own(id) : undefined;
    if (known !== undefined) return c.json(presentBatch(known), 200, { "Idempotent-Replayed": "true" });
    if (!repeated) await noteRequest(noted, id, dependencies);
    await new UploadedFiles(dependencies).get(accountId, request.input_file_id);
    const createdAt = clock.now();
    const run: Run = {
      id,
      face: "openai_batch",
      identity,
      endpoint: request.endpoint,
      inputFileId: request.input_file_id,
      outputExpiresAfterS: request.output_expires_after?.seconds,
      metadata: request.metadata ?? {},
      traceparent: c.get("traceparent"),
      origin: requestOrigin(c, dependencies),
      ...unreadRun(createdAt),
      expiresAt: createdAt + windowMs,
    };
    await createRun(items, run);
    await wakeRun(run, dependencies);
    return c.json(presentBatch(run));
  });
}

async function changeBatch(c: Context<ApiEnv>, id: string, change: Change, dependencies: RouteDependencies) {
  const { accountId } = c.get("identity");
  return c.json(presentBatch(await changeRun({ accountId, id, face: "openai_batch" }, change, dependencies)));
}

/** OpenAI's words. */
const statuses: { readonly [status in RunStatus]: z.infer<typeof openaiBatchSchema>["status"] } = {
  importing: "validating",
  ready: "validating",
  running: "in_progress",
  paused: "in_progress",
  canceling: "cancelling",
  finishing: "finalizing",
  completed: "completed",
  failed: "failed",
  expired: "expired",
  canceled: "cancelled",
};

function presentBatch(run: Run): z.infer<typeof openaiBatchSchema> {
  const { status, finishedAt, paused } = run;
  const endedAs = (name: RunStatus) => (status === name ? seconds(finishedAt) : null);
  return {
    id: run.id,
    object: "batch",
    endpoint: run.endpoint,
    input_file_id: run.inputFileId,
    status: statuses[status],
    completion_window: "24h",
    errors: run.errors.length === 0 ? null : { object: "list", data: [...run.errors] },
    output_file_id: run.outputFileId ?? null,
    error_file_id: run.errorFileId ?? null,
    created_at: Math.floor(run.createdAt / 1_000),
    in_progress_at: seconds(run.beganAt),
    expires_at: Math.floor(run.expiresAt / 1_000),
    finalizing_at: seconds(run.finishingAt ?? (run.beganAt === undefined ? undefined : finishedAt)),
    completed_at: endedAs("completed"),
    failed_at: endedAs("failed"),
    expired_at: endedAs("expired"),
    cancelling_at: seconds(run.cancelledAt),
    cancelled_at: endedAs("canceled"),
    request_counts: { total: run.total, completed: run.completed, failed: run.failed },
    metadata: run.metadata,
    paused:
      paused === undefined
        ? null
        : { code: paused.code, message: paused.message, since: Math.floor(paused.since / 1_000) },
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1_000);
}
