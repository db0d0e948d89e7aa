import type { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { ErrorContext } from "../http/problem.ts";

/**
 * A foreign API, spoken over the same jobs: a folder here with a mapper each for requests, responses and errors.
 * Listed in `app.ts`; nothing else knows of it.
 */
export interface Dialect {
  /** Whether a request is this dialect's, so that its errors, also those from middleware, take its form. */
  owns(path: string, headers: Headers): boolean;
  /** Mounted at `/`. */
  routes(dependencies: RouteDependencies): Hono<ApiEnv>;
  errorResponse(error: unknown, context: ErrorContext): Response;
}
