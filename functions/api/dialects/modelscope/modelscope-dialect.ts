import { errorHeaders, errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import type { Dialect } from "../dialect.ts";
import { isAsyncRequest, modelscopeRoutes } from "./routes.ts";

/** ModelScope's asynchronous image route and its tasks. Without the header the path is OpenAI's. */
export const modelscopeDialect: Dialect = {
  name: "modelscope",
  routes: modelscopeRoutes,
  errorResponse,
  alsoOwns: ["/v1/tasks/*"],
  sharedPaths: { "/v1/images/generations": isAsyncRequest },
};

function errorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const error = publicError(cause);
  const { code } = error;
  const status = code === "model_not_found" ? 404 : code === "content_policy" ? 400 : errorStatus(cause);
  return new Response(JSON.stringify({ errors: { message: wholeMessage(error), code }, request_id: requestId }), {
    status,
    headers: { ...errorHeaders(cause), "content-type": "application/json" },
  });
}
