import { createLinkSigner } from "../../shared/access/signed-link.ts";
import type { Job } from "../../shared/job.ts";
import { resultLinkS } from "../../shared/limits.ts";
import type { RouteDependencies } from "../api/dependencies.ts";
import { jobFailure, openaiError } from "../api/dialects/openai/errors.ts";
import { imagesResponse } from "../api/dialects/openai/response.ts";
import { UploadedFiles } from "../api/files/uploaded-files.ts";
import { readResultsBase64 } from "../api/jobs/result-base64.ts";
import { type Batch, type BatchRow, batchWrite, readRows } from "./batch-store.ts";

export type FinishDependencies = Pick<
  RouteDependencies,
  "items" | "objects" | "jobs" | "clock" | "newId" | "linkSecret"
> & {
  /**
   * Bytes of images that a batch's output may hold as base64; where one does not fit any more its line has links.
   * @default 20 MB
   */
  readonly maxBase64Bytes?: number;
};

/**
 * The file is made in memory, where base64 takes a third more and is there twice; a function of the tick has 256 MB in
 * all.
 */
const defaultMaxBase64Bytes = 20_000_000;

/** Write the files, then the end. A crash between the two writes the files again under new ids. */
export async function finishBatch(batch: Batch, version: number, dependencies: FinishDependencies): Promise<void> {
  const { items, clock, newId, maxBase64Bytes = defaultMaxBase64Bytes } = dependencies;
  const files = new UploadedFiles(dependencies);
  const output: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let roomBytes = maxBase64Bytes;
  for await (const { row, job } of withJobs(readRows(items, batch), dependencies)) {
    const { status, body, base64Bytes = 0 } = await answerOf(row, job, { batch, roomBytes }, dependencies);
    roomBytes -= base64Bytes;
    const response = { status_code: status, request_id: row.jobId ?? `${batch.id}-${row.line}`, body };
    const id = `batch_req_${batch.id.slice(6)}_${row.line}`;
    const line = JSON.stringify({ id, custom_id: row.customId, response, error: null });
    (status === 200 ? output : errors).push(Buffer.from(`${line}\n`));
  }
  async function store(lines: Uint8Array[], filename: string): Promise<string | undefined> {
    if (lines.length === 0) return undefined;
    const file = {
      id: `file-${newId()}`,
      accountId: batch.identity.accountId,
      filename,
      contentType: "application/jsonl",
      purpose: "batch_output",
      metadata: {},
    };
    return (await files.create(file, Buffer.concat(lines))).id;
  }
  const outputFileId = await store(output, `${batch.id}_output.jsonl`);
  const errorFileId = await store(errors, `${batch.id}_error.jsonl`);
  const finishedAt = clock.now();
  const ended: Batch = {
    ...batch,
    status: endOf(batch),
    finishedAt,
    ...(outputFileId !== undefined && { outputFileId }),
    ...(errorFileId !== undefined && { errorFileId }),
  };
  await items.write([batchWrite(ended, version)]);
}

/** A batch may have tens of thousands of lines, and a store far away takes milliseconds for one read. */
const readAtOnce = 50;

async function* withJobs(
  rows: AsyncIterable<BatchRow>,
  { jobs }: FinishDependencies,
): AsyncGenerator<{ readonly row: BatchRow; readonly job: Job | undefined }> {
  let chunk: BatchRow[] = [];
  const read = () =>
    Promise.all(
      chunk.map(async (row) => ({ row, job: row.jobId === undefined ? undefined : await jobs.get(row.jobId) })),
    );
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < readAtOnce) continue;
    yield* await read();
    chunk = [];
  }
  yield* await read();
}

function endOf({ status, errors, next, total }: Batch): Batch["status"] {
  if (status === "cancelling") return "cancelled";
  if (errors.length > 0) return "failed";
  return next < total ? "expired" : "completed";
}

async function answerOf(
  { jobId, refused }: BatchRow,
  job: Job | undefined,
  { batch: { origin }, roomBytes }: { readonly batch: Batch; readonly roomBytes: number },
  dependencies: FinishDependencies,
): Promise<{ readonly status: number; readonly body: unknown; readonly base64Bytes?: number }> {
  if (refused !== undefined) return refused;
  if (job?.status !== "succeeded") return openaiError(job ? jobFailure(job) : new Error(`job ${jobId} is gone`));
  const { linkSecret: secret, clock, objects } = dependencies;
  const link = createLinkSigner({ secret, origin, now: () => clock.now(), lifeS: resultLinkS });
  // Known before any image is read.
  const base64Bytes = job.images.reduce((sum, { bytes }) => sum + bytes, 0);
  if (job.response !== "b64" || base64Bytes > roomBytes) {
    return { status: 200, body: imagesResponse({ ...job, response: "url" }, { files: [], link }) };
  }
  return {
    status: 200,
    body: imagesResponse(job, { files: await readResultsBase64(job, objects), link }),
    base64Bytes,
  };
}
