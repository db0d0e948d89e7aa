import { InvalidInputError, type PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { contentRefusal } from "../../problems/content-refusal.ts";
import { errorHeaders, errorStatus, publicError, wholeMessage, wrongFields } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";

/**
 * 422 with `detail[]` for what is wrong with a request, `{ detail, message }` for everything else: the two forms that
 * fal's and Vercel's clients read. `loc` holds strings only.
 */
export function falErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code } = error;
  const message = wholeMessage(error);
  const isInvalid =
    (cause instanceof InvalidInputError && errorStatus(cause) < 500) ||
    errorStatus(cause) === 422 ||
    code === "adapter_not_found";
  const status = code === "model_not_found" ? 404 : isInvalid ? 422 : errorStatus(cause);
  const fields = wrongFields(error);
  const wrong = fields.length > 0 ? fields : [{ param: "body", code, message }];
  const detail =
    status === 422
      ? wrong.map((field) => ({
          loc: ["body", ...field.param.split(".").filter((part) => part !== "body")],
          msg: field.message,
          type: field.code === "content_policy" ? "content_policy_violation" : field.code,
        }))
      : message;
  return new Response(JSON.stringify({ detail, message, code }), {
    status,
    headers: {
      "content-type": "application/json",
      "x-fal-request-id": requestId,
      ...errorHeaders(cause),
    },
  });
}

/**
 * Why an ended job has no result. 422, which no client sends again: the pipeline has tried again itself. A request that
 * waited longer than its client allowed is a 504, which the client recognizes as its own time-out.
 */
export function jobFailure(job: Job): PipelineError {
  const refusal = contentRefusal(job);
  if (refusal !== undefined) return refusal;
  const { status, error } = job;
  if (status === "canceled") return new ApiError(422, "job_canceled", "the request was canceled");
  if (status === "expired") {
    return new ApiError(504, "job_expired", "the request was not begun before its timeout", {
      headers: { "x-fal-request-timeout-type": "user" },
    });
  }
  return new ApiError(422, error?.code ?? "internal_error", error?.message ?? "the request failed");
}
