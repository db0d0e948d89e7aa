import { type Context, Hono } from "hono";
import * as z from "zod";
import { maxMetadataKeyCharacters, maxMetadataKeys, maxMetadataValueCharacters } from "../../../../shared/limits.ts";
import { ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { BatchInputError, batchEndpoints, parseBatchInput } from "../../../runs/batch-input.ts";
import { type Batch, batchWrite, findBatch, listBatches, readBatch } from "../../../runs/batch-store.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { UploadedFiles } from "../../files/uploaded-files.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestOrigin } from "../../http/request-links.ts";
import { noteRequest } from "../../submission/client-retry.ts";
import { onceEvenIfRepeated } from "../../submission/submit-or-reattach.ts";

const batchRequestSchema = z.strictObject({
  input_file_id: z.string().max(200),
  endpoint: z.enum(batchEndpoints),
  completion_window: z.literal("24h"),
  metadata: z
    .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
    .refine((metadata) => Object.keys(metadata).length <= maxMetadataKeys, `must have at most ${maxMetadataKeys} keys`)
    .nullish(),
  // Files are kept as long as jobs are.
  output_expires_after: z.unknown().optional(),
});

const windowMs = 86_400_000;
/** These batches give no more results: a repeated request asks for another batch. */
const nothingToGive: ReadonlySet<Batch["status"]> = new Set(["failed", "expired", "cancelling", "cancelled"]);

/** `/v1/batches`: a file of requests, drawn a few at a time by `feed-batches.ts`. */
export function batchRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, items } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  return new Hono<ApiEnv>()
    .post("/v1/batches", write, bodyLimit(), (c) => createBatch(c, dependencies))
    .get("/v1/batches", read, async (c) => {
      const limit = Math.max(1, Math.min(100, Math.trunc(Number(c.req.query("limit"))) || 20));
      const after = c.req.query("after");
      const page = await listBatches(items, c.get("identity").accountId, {
        limit,
        after,
      });
      const ids = page.batches.map(({ id }) => id);
      const ends = { first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
      return c.json({ object: "list", data: page.batches.map(presentBatch), has_more: page.hasMore, ...ends });
    })
    .get("/v1/batches/:id", read, async (c) => {
      const { batch } = await readBatch(items, c.get("identity").accountId, c.req.param("id"));
      return c.json(presentBatch(batch));
    })
    .post("/v1/batches/:id/cancel", write, (c) => cancelBatch(c, c.req.param("id"), dependencies));
}

/** Records the batch once, however often its request is sent again. A file that cannot be read makes a failed one. */
async function createBatch(c: Context<ApiEnv>, dependencies: RouteDependencies) {
  const { items, clock, newId } = dependencies;
  const body = await readJsonBody(c.req.raw);
  const request = parseFields(batchRequestSchema, body);
  const identity = c.get("identity");
  const newBatchId = () => `batch_${newId()}`;
  const made = async (id: string) => {
    const batch = (await findBatch(items, identity.accountId, id))?.batch;
    return batch !== undefined && !nothingToGive.has(batch.status) ? batch : undefined;
  };
  const order = { body, newId: newBatchId, made, waitMs: 0 };
  return onceEvenIfRepeated(c, order, dependencies, async ({ id, repeated, request: noted }) => {
    const known = repeated ? await findBatch(items, identity.accountId, id) : undefined;
    if (known !== undefined) return c.json(presentBatch(known.batch), 200, { "Idempotent-Replayed": "true" });
    if (!repeated) await noteRequest(noted, id, dependencies);
    const input = await new UploadedFiles(dependencies).read(identity.accountId, request.input_file_id);
    const createdAt = clock.now();
    const batch: Batch = {
      id,
      identity,
      endpoint: request.endpoint,
      inputFileId: request.input_file_id,
      metadata: request.metadata ?? {},
      traceparent: c.get("traceparent"),
      origin: requestOrigin(c, dependencies),
      status: "in_progress",
      errors: [],
      completed: 0,
      failed: 0,
      next: 0,
      inFlight: [],
      total: 0,
      createdAt,
      expiresAt: createdAt + windowMs,
    };
    try {
      const { length: total } = parseBatchInput(input.body, request.endpoint);
      const accepted = { ...batch, total };
      await items.write([batchWrite(accepted, undefined, createdAt)]);
      return c.json(presentBatch(accepted));
    } catch (error) {
      if (!(error instanceof BatchInputError)) throw error;
      const refused: Batch = { ...batch, status: "failed", errors: error.errors, finishedAt: createdAt };
      await items.write([batchWrite(refused, undefined)]);
      return c.json(presentBatch(refused));
    }
  });
}

async function cancelBatch(c: Context<ApiEnv>, id: string, { items, clock }: RouteDependencies) {
  for (;;) {
    const { batch, version } = await readBatch(items, c.get("identity").accountId, id);
    if (batch.status !== "in_progress") return c.json(presentBatch(batch));
    const cancelling: Batch = { ...batch, status: "cancelling", cancelledAt: clock.now() };
    try {
      await items.write([batchWrite(cancelling, version, clock.now())]);
      return c.json(presentBatch(cancelling));
    } catch (error) {
      // The feeder changed it at the same moment: read it again.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
}

function presentBatch(batch: Batch) {
  const { status, finishedAt, cancelledAt } = batch;
  const endedAs = (name: Batch["status"]) => (status === name ? seconds(finishedAt) : null);
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    input_file_id: batch.inputFileId,
    status,
    completion_window: "24h",
    errors: batch.errors.length === 0 ? null : { object: "list", data: batch.errors },
    output_file_id: batch.outputFileId ?? null,
    error_file_id: batch.errorFileId ?? null,
    created_at: seconds(batch.createdAt),
    // One whose file was not what it should be has no lines.
    in_progress_at: batch.total === 0 ? null : seconds(batch.createdAt),
    expires_at: seconds(batch.expiresAt),
    finalizing_at: seconds(finishedAt),
    completed_at: endedAs("completed"),
    failed_at: endedAs("failed"),
    expired_at: endedAs("expired"),
    cancelling_at: seconds(cancelledAt),
    cancelled_at: endedAs("cancelled"),
    request_counts: { total: batch.total, completed: batch.completed, failed: batch.failed },
    metadata: batch.metadata,
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1_000);
}
