import type { Dialect } from "../dialect.ts";
import { huggingfaceErrorResponse } from "./errors.ts";
import { huggingfaceRoutes } from "./routes.ts";

/** For the unchanged `@huggingface/inference` client with `endpointUrl: …/hf/models/{org}/{name}`. */
export const huggingfaceDialect: Dialect = {
  name: "huggingface",
  routes: huggingfaceRoutes,
  errorResponse: huggingfaceErrorResponse,
  alsoOwns: ["/hf/*"],
};
