import { LimitError } from "../../shared/errors.ts";
import type { Json } from "../../shared/ports/items.ts";
import type { RouteDependencies } from "../api/dependencies.ts";
import { openaiError } from "../api/dialects/openai/errors.ts";
import { parseOpenaiRequest } from "../api/dialects/openai/request.ts";
import { checkJsonValue } from "../api/http/json-body.ts";
import { requestFingerprint } from "../api/http/request-fingerprint.ts";
import type { InputImageDependencies } from "../api/submission/input-images.ts";
import { submitJob } from "../api/submission/submit-job.ts";
import { type BatchLine, maxBase64Lines } from "./batch-input.ts";
import type { Batch, BatchFlight, BatchRow } from "./batch-store.ts";

export type SubmitLineDependencies = Parameters<typeof submitJob>[1] &
  Pick<RouteDependencies, "models" | "newSeed"> &
  Pick<InputImageDependencies, "fetchImage">;

/**
 * Make the job of a line, under the id that was written down for it. Again for the same line is the same job.
 * @returns the error that its request would have received; nothing once there is a job
 * @throws LimitError when there is no room for it now; whatever is no fault of the line
 */
export async function submitLine(
  batch: Batch,
  { line, customId, jobId: id }: BatchFlight,
  { body }: BatchLine,
  dependencies: SubmitLineDependencies,
): Promise<BatchRow | undefined> {
  try {
    checkJsonValue(body);
    // Links, unless the line wants otherwise: a file of images in base64 would be of no use.
    const { submission: asked, stream } = parseOpenaiRequest({ response_format: "url", ...body }, dependencies);
    // The batch lane: after all interactive jobs, at the batch price.
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
    const { identity, traceparent } = batch;
    const newJob = { id, identity, submission, idempotency, traceparent };
    await submitJob(newJob, dependencies);
    return undefined;
  } catch (error) {
    const { status, body: answer } = openaiError(error);
    // A fault of ours, or a full queue, does not settle the line: a later pass retries it.
    if (status >= 500 || error instanceof LimitError) throw error;
    return { line, customId, refused: { status, body: answer as unknown as Json } };
  }
}

function refusal(message: string): NonNullable<BatchRow["refused"]> {
  return {
    status: 400,
    body: { error: { message, type: "invalid_request_error", param: null, code: "invalid_value" } },
  };
}
