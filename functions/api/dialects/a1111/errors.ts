import type { PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { contentRefusal } from "../../problems/content-refusal.ts";
import { errorHeaders, errorStatus, publicError, wholeMessage, wrongFields } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";

/**
 * The form that this API gives its exceptions. `detail` is the sentence, or, for fields that cannot be accepted, a list
 * as FastAPI makes it, with status 422.
 */
export function a1111ErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code } = error;
  const message = wholeMessage(error);
  const status = code === "model_not_found" ? 404 : errorStatus(cause);
  const detail = status === 400 ? fieldList(cause) : undefined;
  const body = {
    error: detail === undefined ? "HTTPException" : "RequestValidationError",
    detail: detail ?? message,
    body: "",
    errors: message,
    code,
    request_id: requestId,
  };
  return new Response(JSON.stringify(body), {
    status: detail === undefined ? status : 422,
    headers: { ...errorHeaders(cause), "content-type": "application/json" },
  });
}

function fieldList(cause: unknown) {
  const fields = wrongFields(publicError(cause));
  if (fields.length === 0) return undefined;
  return fields.map((field) => ({ loc: ["body", ...field.param.split(".")], msg: field.message, type: field.code }));
}

/** Why an ended job has no images. */
export function jobFailure(job: Job): PipelineError {
  const refusal = contentRefusal(job);
  if (refusal !== undefined) return refusal;
  const { status, error } = job;
  if (status === "expired") return new ApiError(504, "job_expired", "the job was not begun before its deadline");
  return new ApiError(500, error?.code ?? "internal_error", error?.message ?? "the job failed");
}
