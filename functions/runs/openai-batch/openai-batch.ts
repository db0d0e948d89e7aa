import { jobFailure, openaiError } from "../../api/dialects/openai/errors.ts";
import type { Refusal, RunFace } from "../run-face.ts";
import { finishBatch } from "./finish-batch.ts";
import { importBatch } from "./import-batch.ts";
import { submitLine } from "./submit-line.ts";

/** Runs as OpenAI's `/v1/batches`: JSON lines of requests in, JSON lines of responses out. */
export const openaiBatch: RunFace = {
  import: importBatch,
  submit: submitLine,
  refusal: lineRefusal,
  failure: (job) => lineRefusal(jobFailure(job)),
  finish: finishBatch,
};

/** The error that the request of a line would have received. */
function lineRefusal(error: unknown): Refusal {
  const { status, body } = openaiError(error);
  return { status, body: { error: { ...body.error } } };
}
