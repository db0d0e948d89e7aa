import type { Dialect } from "../dialect.ts";
import { falErrorResponse } from "./errors.ts";
import { presentFalWebhook } from "./response.ts";
import { falRoutes } from "./routes.ts";

/**
 * For the unchanged `@fal-ai/client`, through its `proxyUrl` or a request middleware, and Vercel's provider for fal.
 */
export const falDialect: Dialect = {
  name: "fal",
  routes: falRoutes,
  errorResponse: falErrorResponse,
  alsoOwns: ["/fal/*"],
  webhookBody: (job, { link }) => presentFalWebhook(job, link),
};
