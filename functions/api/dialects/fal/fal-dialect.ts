import type { Dialect } from "../dialect.ts";
import { falErrorResponse } from "./errors.ts";
import { falRoutes } from "./routes.ts";

/** What the unchanged `@fal-ai/client` speaks, through its `proxyUrl` or a request middleware, and Vercel's provider for fal. */
export const falDialect: Dialect = {
  owns: (path) => path.startsWith("/fal/"),
  routes: falRoutes,
  errorResponse: falErrorResponse,
};
