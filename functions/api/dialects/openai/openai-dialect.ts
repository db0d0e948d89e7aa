import type { Dialect } from "../dialect.ts";
import { openaiErrorResponse } from "./errors.ts";
import { openaiFiles } from "./files.ts";
import { openaiRoutes } from "./routes.ts";

/** For the unchanged `openai` client. `GET /v1/models` is the native route: one body serves both APIs. */
export const openaiDialect: Dialect = {
  name: "openai",
  routes: openaiRoutes,
  errorResponse: openaiErrorResponse,
  alsoOwns: [
    ...["/v1/images/*", "/v1/batches/*", "/v1/models/*"],
    ...["/v1/files", "/v1/files/:id{file-[^/]*}", "/v1/files/:id{file-[^/]*}/content"],
  ],
  files: openaiFiles,
};
