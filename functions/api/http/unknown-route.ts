import type { Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import { NotFoundError, type PipelineError } from "../../../shared/errors.ts";
import type { ApiEnv } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * The error for a request that no route of the app takes: 405 with `Allow` where the path has other methods, else 404.
 * @param app - with all its routes
 * @returns given what is served instead, for the message
 */
export function unknownRoute(
  app: Hono<ApiEnv>,
): (request: { readonly method: string; readonly path: string }, served?: string) => PipelineError {
  const router = new TrieRouter<string>();
  for (const { method, path } of app.routes) {
    // Middleware is there for every method, and answers none.
    if (method !== "ALL") router.add(method, path, path);
  }
  return ({ method, path }, served = "see /openapi.json") => {
    const wanted = `${method} ${path.slice(0, 100)}`;
    const allowed = methods.filter((other) => router.match(other, path)[0].length > 0);
    if (allowed.length === 0) return new NotFoundError("route_not_found", `there is no ${wanted} here; ${served}`);
    const allow = allowed.flatMap((other) => (other === "GET" ? ["GET", "HEAD"] : [other])).join(", ");
    const message = `there is no ${wanted}; the methods of this path are ${allow}`;
    return new ApiError(405, "method_not_allowed", message, { headers: { allow } });
  };
}
