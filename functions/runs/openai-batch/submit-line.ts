import { bodyOfEditJson } from "../../api/dialects/openai/edit-body.ts";
import { parseOpenaiRequest } from "../../api/dialects/openai/request.ts";
import { requestFingerprint } from "../../api/http/request-fingerprint.ts";
import { ApiError } from "../../api/problems/api-error.ts";
import { submitJob } from "../../api/submission/submit-job.ts";
import type { InputRow } from "../rows/row-chunks.ts";
import type { Flight, Run } from "../run.ts";
import type { SubmitDependencies } from "../run-face.ts";
import { editsEndpoint } from "./batch-lines.ts";

/** More images than this in base64 would make the output too large to read at once. */
const maxBase64Rows = 200;

/**
 * Make the job of a row, under the id that was written down for it. Again for the same row is the same job.
 * @throws whatever submitting a job throws; ApiError 400 for what a batch cannot have
 */
export async function submitLine(
  run: Run,
  { row, jobId: id }: Flight,
  { key, body }: InputRow,
  dependencies: SubmitDependencies,
): Promise<void> {
  // Checked first: with it, links would be refused.
  if (body?.stream === true) throw refusal("stream", "stream must be false in a batch");
  const request = run.endpoint === editsEndpoint ? bodyOfEditJson(body ?? {}) : body;
  // Links, unless the row wants otherwise: a file of images in base64 would be of no use.
  const { submission: asked } = parseOpenaiRequest(
    { response_format: "url", ...(request as typeof body) },
    dependencies,
  );
  if (asked.store === false) {
    throw refusal("store", "store must not be false in a batch: its output file keeps the responses for a month");
  }
  if (asked.response === "b64" && run.total > maxBase64Rows) {
    throw refusal("response_format", `response_format must be url in a batch of more than ${maxBase64Rows} lines`);
  }
  // The batch lane: after all interactive jobs, at the batch price.
  const metadata = { custom_id: key, batch_id: run.id, ...asked.metadata };
  const submission = { ...asked, lane: "batch" as const, metadata };
  const idempotency = { key: `${run.id} ${row}`, fingerprint: requestFingerprint(run.id, { line: row }) };
  const { identity, traceparent } = run;
  await submitJob({ id, identity, submission, idempotency, traceparent }, dependencies);
}

function refusal(param: string, message: string): ApiError {
  return new ApiError(400, "invalid_value", message, { param });
}
