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
    "/v1/images/variations",
    "/v1/batches/*",
    "/v1/models/*",
    "/v1/moderations",
    "/v1/files",
    "/v1/files/:id{file-[^/]*}",
    "/v1/files/:id{file-[^/]*}/content",
    // Not served: clients are to understand that, and not stumble over the form of the response.
    "/v1/chat/*",
    "/v1/completions",
    "/v1/responses/*",
    "/v1/conversations/*",
    "/v1/embeddings",
    "/v1/audio/*",
    "/v1/videos/*",
    "/v1/realtime/*",
    "/v1/assistants/*",
    "/v1/threads/*",
    "/v1/vector_stores/*",
    "/v1/uploads/*",
    "/v1/fine_tuning/*",
    "/v1/evals/*",
    "/v1/containers/*",
    "/v1/engines/*",
    "/v1/edits",
    "/v1/skills/*",
    "/v1/organization/*",
  ],
  served:
    "of OpenAI's API this server has images.generate and images.edit (/v1/images/generations, /v1/images/edits), " +
    "files, uploads, batches, moderations and models: it makes images and nothing else",
  files: openaiFiles,
};
