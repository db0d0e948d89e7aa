import type { PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { contentRefusal } from "../../problems/content-refusal.ts";
import { errorHeaders, errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";

/**
 * `error` as text: the client prints an object as "[object Object]". Never 503, which it answers with the same request
 * again, at once and without end; what would be one is a 500.
 */
export function huggingfaceErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code, param } = error;
  const meant = code === "model_not_found" ? 404 : errorStatus(cause);
  const body = { error: wholeMessage(error), code, param, request_id: requestId };
  return new Response(JSON.stringify(body), {
    status: meant === 503 ? 500 : meant,
    headers: { ...errorHeaders(cause), "content-type": "application/json" },
  });
}

/** Why an ended job has no image. */
export function jobFailure(job: Job): PipelineError {
  const refusal = contentRefusal(job);
  if (refusal !== undefined) return refusal;
  const { status, error } = job;
  if (status === "canceled") return new ApiError(409, "job_canceled", "the job was canceled");
  return new ApiError(500, error?.code ?? "internal_error", error?.message ?? "the job failed");
}
