import { errorHeaders, errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { errorCodes, errorMessage } from "./json-rpc.ts";

/**
 * Response for an error before a message is parsed: an HTTP status, and a JSON-RPC error that belongs to no request.
 */
export function mcpErrorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code, param } = error;
  const data = { code, param, request_id: requestId };
  const number = code === "invalid_json" ? errorCodes.parseError : errorCodes.invalidRequest;
  return new Response(errorMessage(null, { code: number, message: wholeMessage(error), data }), {
    status: errorStatus(cause),
    headers: { "content-type": "application/json", ...errorHeaders(cause) },
  });
}
