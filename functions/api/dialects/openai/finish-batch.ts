import { resultLinkS } from "../../../../shared/limits.ts";
import { createLinkSigner } from "../../../../shared/signed-link.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import { readImages } from "../../inline-images.ts";
import { UploadedFiles } from "../../uploaded-files.ts";
import { type Batch, type BatchRow, batchWrite, readRows } from "./batch-store.ts";
import { jobFailure, openaiError } from "./errors.ts";
import { imagesResponse } from "./response.ts";

export type FinishDependencies = Pick<
  RouteDependencies,
  "items" | "objects" | "jobs" | "clock" | "newId" | "linkSecret"
>;

/** Write the files, then the end. A crash between the two writes the files again under new ids. */
export async function finishBatch(batch: Batch, version: number, dependencies: FinishDependencies): Promise<void> {
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
  dependencies: FinishDependencies,
): Promise<{ status: number; body: unknown }> {
  if (refused !== undefined) return refused;
  const job = await dependencies.jobs.get(jobId ?? "");
  if (job?.status !== "succeeded") return openaiError(job ? jobFailure(job) : new Error(`job ${jobId} is gone`));
  const { linkSecret: secret, clock, objects } = dependencies;
  const link = createLinkSigner({ secret, origin, now: () => clock.now(), lifeS: resultLinkS });
  const files = job.response === "b64" ? await readImages(job, objects) : [];
  return { status: 200, body: imagesResponse(job, { files, link }) };
}
