import { InvalidInputError, type PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { contentRefusal } from "../../problems/content-refusal.ts";
import { errorHeaders, errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";

/** Codes that DashScope's own documentation names. Ours go out under the general one of their kind. */
export const dashscopeCodes: { readonly [code: string]: string } = {
  unauthorized: "InvalidApiKey",
  model_not_found: "ModelNotFound",
  insufficient_scope: "AccessDenied",
  content_policy: "DataInspectionFailed",
};

export function dashscopeErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code } = error;
  const status = code === "model_not_found" ? 404 : code === "content_policy" ? 400 : errorStatus(cause);
  const body = { code: dashscopeCode(code, status, cause), message: wholeMessage(error), request_id: requestId };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...errorHeaders(cause), "content-type": "application/json" },
  });
}

function dashscopeCode(code: string, status: number, cause: unknown): string {
  if (Object.hasOwn(dashscopeCodes, code)) return dashscopeCodes[code]!;
  if (cause instanceof InvalidInputError || status === 400 || status === 415) return "InvalidParameter";
  if (status === 429) return "Throttling";
  return status >= 500 ? "InternalError" : code;
}

/** Why an ended job has no images. */
export function jobFailure(job: Job): PipelineError {
  const refusal = contentRefusal(job);
  if (refusal !== undefined) return refusal;
  const { status, error } = job;
  if (status === "canceled") return new ApiError(400, "job_canceled", "the job was canceled");
  return new ApiError(500, error?.code ?? "internal_error", error?.message ?? "the job failed");
}
