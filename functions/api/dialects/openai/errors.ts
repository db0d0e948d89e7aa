import type { PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { contentRefusal } from "../../problems/content-refusal.ts";
import { errorHeaders, errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import type { OpenaiErrorBody } from "./response-schemas.ts";

/** Codes that OpenAI's own documentation names otherwise. */
const openaiCodes: { readonly [code: string]: string } = {
  content_policy: "moderation_blocked",
  unauthorized: "invalid_api_key",
  unknown_field: "unknown_parameter",
  route_not_found: "unknown_url",
};

export function openaiError(cause: unknown): {
  readonly status: number;
  readonly body: OpenaiErrorBody;
} {
  const shown = publicError(cause);
  const { code, param } = shown;
  // A model that does not exist is a 404 there, also in the body of a POST.
  const isRefused = code === "content_policy";
  const status = code === "model_not_found" ? 404 : isRefused ? 400 : errorStatus(cause);
  const isServers = status >= 500;
  const type = isRefused ? "image_generation_user_error" : isServers ? "server_error" : "invalid_request_error";
  const error = { message: wholeMessage(shown), type, param: param ?? null, code: openaiCodes[code] ?? code } as const;
  return { status, body: { error } };
}

export function openaiErrorResponse(cause: unknown, _context: ErrorContext): Response {
  const { status, body } = openaiError(cause);
  const headers = new Headers(errorHeaders(cause));
  headers.set("content-type", "application/json");
  // The client retries 409 and 5xx by itself; an error in its own request would only repeat.
  if (status < 500 && status !== 429) headers.set("x-should-retry", "false");
  return new Response(JSON.stringify(body), { status, headers });
}

/** Why an ended job has no images. The pipeline has tried again itself, so the client need not. */
export function jobFailure(job: Job): PipelineError {
  const { status, error } = job;
  const headers = { "x-should-retry": "false" };
  // Not 409: Vercel's client ignores `x-should-retry`, and would submit again what was just canceled.
  if (status === "canceled") return new ApiError(422, "job_canceled", "the job was canceled", { headers });
  if (status === "expired")
    return new ApiError(504, "job_expired", "the job was not begun before its deadline", { headers });
  const refusal = contentRefusal(job);
  if (refusal !== undefined) return refusal;
  const { code, message } = error ?? { code: "internal_error", message: "the job failed" };
  return new ApiError(500, code, message, { headers });
}
