import type { Dialect } from "../dialect.ts";
import { replicateErrorResponse } from "./errors.ts";
import { replicateFiles } from "./files.ts";
import { presentPrediction } from "./response.ts";
import { replicateRoutes } from "./routes.ts";

/** For the unchanged `replicate` client. `GET /v1/models` is the native route: one body serves both APIs. */
export const replicateDialect: Dialect = {
  name: "replicate",
  routes: replicateRoutes,
  errorResponse: replicateErrorResponse,
  alsoOwns: ["/v1/predictions/*", "/v1/deployments/*", "/v1/models/:owner/:name/*", "/v1/files/:id{rf_[^/]*}"],
  webhookBody: presentPrediction,
  files: replicateFiles,
};
