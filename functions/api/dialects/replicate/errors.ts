import { InvalidInputError } from "../../../../shared/errors.ts";
import { errorHeaders, errorStatus, publicError, wrongFields } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";

/** `{ title, detail, status }`; input that cannot be accepted is a 422 there. `code` and `request_id` are ours. */
export function replicateErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const isInvalid =
    (cause instanceof InvalidInputError && errorStatus(cause) === 400) || error.code === "adapter_not_found";
  const notFound = error.code === "model_not_found";
  const status = notFound ? 404 : isInvalid ? 422 : errorStatus(cause);
  const invalid = isInvalid ? wrongFields(error) : [];
  const body = {
    title: titles[status] ?? "Error",
    detail: isInvalid && invalid.length > 0 ? invalid.map(({ message }) => `- ${message}`).join("\n") : error.message,
    status,
    code: error.code,
    invalid_fields:
      invalid.length > 0
        ? invalid.map(({ param, code, message }) => ({ field: param, type: code, description: message }))
        : undefined,
    request_id: requestId,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...errorHeaders(cause) },
  });
}

const titles: { readonly [status: number]: string } = {
  401: "Unauthenticated",
  403: "Permission denied",
  404: "Not found",
  413: "Request too large",
  415: "Unsupported media type",
  422: "Input validation failed",
  429: "Too many requests",
  500: "Internal server error",
};
