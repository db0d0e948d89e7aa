import { LimitError } from "../../../../shared/errors.ts";
import { ItemsConditionFailed, type Json, type Write } from "../../../../shared/items.ts";
import { terminalStatuses } from "../../../../shared/job.ts";
import { resultLinkS } from "../../../../shared/limits.ts";
import { createLinkSigner } from "../../../../shared/signed-link.ts";
import { requestFingerprint } from "../../canonical-json.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { readImages } from "../../inline-images.ts";
import { submitJob } from "../../submit-job.ts";
import { UploadedFiles } from "../../uploaded-files.ts";
import { type BatchLine, maxBase64Lines, parseBatchInput } from "./batch-input.ts";
import {
  type Batch,
  type BatchRow,
  batchWrite,
  dueBatches,
  readRows,
  rowWrite,
  type StoredBatch,
} from "./batch-store.ts";
import { jobFailure, openaiError } from "./errors.ts";
import { parseOpenaiRequest } from "./request.ts";
import { imagesResponse } from "./response.ts";

export type FeedDependencies = Parameters<typeof submitJob>[1] &
  Pick<RouteDependencies, "items" | "models" | "newId" | "newSeed" | "linkSecret"> & {
    /**
     * Jobs of one batch at a time. The rest wait in its file, so that a large batch neither fills the queue nor delays others. They are
     * kept in the batch's own item, which has room for 300. @default 8
     */
    readonly window?: number;
  };

const defaultWindow = 8;
/** Lines begun in one pass, and lines recorded as over: a pass is one transaction, and takes at most 100 items. */
const linesPerPass = 40;

/**
 * One pass over the batches that are not over: record what their jobs came to, turn further lines into jobs, and write the files of
 * those that are done. Safe to run twice at the same time: the second finds the batch changed, and its jobs submitted already.
 *
 * @returns lines begun and lines recorded as over: none when another pass would find nothing to do yet
 */
export async function feedBatches(dependencies: FeedDependencies): Promise<number> {
  const { items, clock, log } = dependencies;
  let moved = 0;
  for (const stored of await dueBatches(items, clock.now())) {
    try {
      moved += await feedBatch(stored, dependencies);
    } catch (error) {
      // Another feeder was faster, or this batch meets a fault: the others go on, and the next pass tries again.
      if (!(error instanceof ItemsConditionFailed))
        log("a batch could not be fed", { batchId: stored.batch.id, error: String(error) });
    }
  }
  return moved;
}

async function feedBatch({ batch, version }: StoredBatch, dependencies: FeedDependencies): Promise<number> {
  const { items, jobs, clock, window = defaultWindow } = dependencies;
  const now = clock.now();
  const ending = batch.status === "cancelling" || now >= batch.expiresAt;
  const rows: BatchRow[] = [];
  const inFlight: Batch["inFlight"][number][] = [];
  let { next } = batch;
  const current = await Promise.all(
    batch.inFlight.map(({ jobId }) => (ending ? jobs.requestCancel(jobId) : jobs.get(jobId))),
  );
  for (const [index, flight] of batch.inFlight.entries()) {
    const job = current[index];
    const over = job === undefined || terminalStatuses.has(job.status);
    if (over && rows.length < linesPerPass) rows.push(flight);
    else inFlight.push(flight);
  }
  const settled = rows.length;
  if (!ending && inFlight.length < window && next < batch.total) {
    const lines = await inputLines(batch, dependencies);
    const end = Math.min(lines.length, next + linesPerPass);
    for (; next < end && inFlight.length < window; next++) {
      const row = await submitLine(batch, next, lines[next]!, dependencies).catch(unlessFull);
      // There is no room for more of this account now: the line waits in its file.
      if (row === undefined) break;
      if (row.jobId === undefined) rows.push(row);
      else inFlight.push({ line: row.line, customId: row.customId, jobId: row.jobId });
    }
  }
  const outcomes = await Promise.all(rows.map((row) => succeeded(row, dependencies)));
  const completed = batch.completed + outcomes.filter(Boolean).length;
  const failed = batch.failed + outcomes.filter((done) => !done).length;
  const fed: Batch = { ...batch, next, inFlight, completed, failed };
  const over = inFlight.length === 0 && (ending || next >= batch.total);
  const rowWrites: Write[] = rows.map((row) => rowWrite(batch, row));
  await items.write([
    batchWrite(
      over ? { ...fed, status: batch.status === "in_progress" ? "finalizing" : fed.status } : fed,
      version,
      now,
    ),
    ...rowWrites,
  ]);
  if (over) await finish(fed, version + 1, dependencies);
  return settled + next - batch.next;
}

async function inputLines(batch: Batch, dependencies: FeedDependencies): Promise<BatchLine[]> {
  const input = await new UploadedFiles(dependencies).read(batch.identity.accountId, batch.inputFileId);
  return parseBatchInput(input.body, batch.endpoint);
}

/** The job of a line, or the error that its request would have been answered with. */
async function submitLine(
  batch: Batch,
  line: number,
  { custom_id: customId, body }: BatchLine,
  dependencies: FeedDependencies,
): Promise<BatchRow> {
  try {
    // Links, unless the line wants otherwise: a file of pictures in base64 would be of no use.
    const { submission: asked, stream } = parseOpenaiRequest({ response_format: "url", ...body }, dependencies);
    // Behind everybody who waits for an answer, and at that lane's price.
    const submission = { ...asked, lane: "batch" as const };
    if (stream) return { line, customId, refused: refusal("stream must be false in a batch") };
    if (submission.response === "b64" && batch.total > maxBase64Lines) {
      return {
        line,
        customId,
        refused: refusal(`response_format must be url in a batch of more than ${maxBase64Lines} lines`),
      };
    }
    const idempotency = { key: `${batch.id} ${line}`, fingerprint: requestFingerprint(batch.id, { line }) };
    const id = `job_${dependencies.newId()}`;
    const { identity, traceparent } = batch;
    const newJob = { id, identity, submission, idempotency, ...(traceparent !== undefined && { traceparent }) };
    const { job } = await submitJob(newJob, dependencies);
    return { line, customId, jobId: job.id };
  } catch (error) {
    const { status, body: answer } = openaiError(error);
    // A fault of ours, or a full queue, is no answer to the line: a later pass tries it again.
    if (status >= 500 || error instanceof LimitError) throw error;
    return { line, customId, refused: { status, body: answer as unknown as Json } };
  }
}

function unlessFull(error: unknown): undefined {
  if (!(error instanceof LimitError)) throw error;
}

function refusal(message: string): NonNullable<BatchRow["refused"]> {
  return {
    status: 400,
    body: { error: { message, type: "invalid_request_error", param: null, code: "invalid_value" } },
  };
}

async function succeeded({ jobId }: BatchRow, { jobs }: FeedDependencies): Promise<boolean> {
  return jobId !== undefined && (await jobs.get(jobId))?.status === "succeeded";
}

/** Write the files, then the end. A crash between the two writes the files again under new ids. */
async function finish(batch: Batch, version: number, dependencies: FeedDependencies): Promise<void> {
  const { items, clock, newId } = dependencies;
  const files = new UploadedFiles(dependencies);
  const output: string[] = [];
  const errors: string[] = [];
  for await (const row of readRows(items, batch)) {
    const { status, body } = await answerOf(row, batch, dependencies);
    const response = { status_code: status, request_id: row.jobId ?? `${batch.id}-${row.line}`, body };
    const id = `batch_req_${batch.id.slice(6)}_${row.line}`;
    const line = JSON.stringify({ id, custom_id: row.customId, response, error: null });
    (status === 200 ? output : errors).push(line);
  }
  async function store(lines: string[], filename: string): Promise<string | undefined> {
    if (lines.length === 0) return undefined;
    const file = {
      ...{ id: `file-${newId()}`, accountId: batch.identity.accountId, filename, contentType: "application/jsonl" },
      ...{ purpose: "batch_output", metadata: {} },
    };
    return (await files.create(file, new TextEncoder().encode(`${lines.join("\n")}\n`))).id;
  }
  const outputFileId = await store(output, `${batch.id}_output.jsonl`);
  const errorFileId = await store(errors, `${batch.id}_error.jsonl`);
  const finishedAt = clock.now();
  const status = batch.status === "cancelling" ? "cancelled" : batch.next < batch.total ? "expired" : "completed";
  const ended: Batch = {
    ...batch,
    ...{ status, finishedAt },
    ...(outputFileId !== undefined && { outputFileId }),
    ...(errorFileId !== undefined && { errorFileId }),
  };
  await items.write([batchWrite(ended, version)]);
}

async function answerOf(
  { jobId, refused }: BatchRow,
  { origin }: Batch,
  dependencies: FeedDependencies,
): Promise<{ status: number; body: unknown }> {
  if (refused !== undefined) return refused;
  const job = await dependencies.jobs.get(jobId ?? "");
  if (job?.status !== "succeeded") return openaiError(job ? jobFailure(job) : new Error(`job ${jobId} is gone`));
  const { linkSecret: secret, clock, objects } = dependencies;
  const link = createLinkSigner({ secret, origin, now: () => clock.now(), lifeS: resultLinkS });
  const files = job.response === "b64" ? await readImages(job, objects) : [];
  return { status: 200, body: imagesResponse(job, { files, link }) };
}
