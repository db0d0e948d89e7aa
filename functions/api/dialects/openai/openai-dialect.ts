import type { Dialect } from "../dialect.ts";
import { openaiErrorResponse } from "./errors.ts";
import { openaiRoutes } from "./routes.ts";

/**
 * What the unchanged `openai` client speaks. `GET /v1/models` is the native route: one body serves both, and only its errors are
 * in this form.
 */
export const openaiDialect: Dialect = {
  owns: (path) =>
    /^\/v1\/(images|models|batches)(\/|$)/.test(path) || /^\/v1\/files(\/file-[^/]*(\/content)?)?$/.test(path),
  routes: openaiRoutes,
  errorResponse: openaiErrorResponse,
};
