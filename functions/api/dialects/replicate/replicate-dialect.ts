import type { Dialect } from "../dialect.ts";
import { replicateErrorResponse } from "./errors.ts";
import { replicateFiles } from "./files.ts";
import { presentPrediction } from "./response.ts";
import { replicateRoutes } from "./routes.ts";

function isReplicateClient(headers: Headers): boolean {
  return /^replicate-/.test(headers.get("user-agent") ?? "");
}

/** For the unchanged `replicate` client. `GET /v1/models` is the native route: one body serves both APIs. */
export const replicateDialect: Dialect = {
  name: "replicate",
  routes: replicateRoutes,
  errorResponse: replicateErrorResponse,
  alsoOwns: [
    "/v1/predictions/*",
    "/v1/deployments/*",
    "/v1/models/:owner/:name/*",
    "/v1/files",
    "/v1/files/:id{rf_[^/]*}",
  ],
  // What is wrong with a request before its form is read can only be told by who sends it.
  sharedPaths: { "/v1/files": isReplicateClient },
  webhookBody: presentPrediction,
  files: replicateFiles,
};
