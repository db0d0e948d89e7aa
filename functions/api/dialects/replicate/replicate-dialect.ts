import type { Dialect } from "../dialect.ts";
import { replicateErrorResponse } from "./errors.ts";
import { replicateRoutes } from "./routes.ts";

/** What the unchanged `replicate` client speaks. `GET /v1/models` is the native route: one body serves both. */
export const replicateDialect: Dialect = {
  owns: (path) =>
    /^\/v1\/(predictions|deployments|account|files\/rf_[^/]*|files\/job_[^/]*\/stream|models\/[^/]+\/[^/]+)(\/|$)/.test(
      path,
    ),
  routes: replicateRoutes,
  errorResponse: replicateErrorResponse,
};
