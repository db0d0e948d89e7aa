import type { Dialect } from "../dialect.ts";
import { huggingfaceErrorResponse } from "./errors.ts";
import { huggingfaceRoutes } from "./routes.ts";

/** What the unchanged `@huggingface/inference` client speaks when given `endpointUrl: …/hf/models/{org}/{name}`. */
export const huggingfaceDialect: Dialect = {
  owns: (path) => path.startsWith("/hf/"),
  routes: huggingfaceRoutes,
  errorResponse: huggingfaceErrorResponse,
};
