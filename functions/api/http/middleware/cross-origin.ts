import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { ApiEnv } from "../../dependencies.ts";

/** Response headers that a page may read beside those that every page may. */
const exposed = [
  "Location",
  "Retry-After",
  "Idempotent-Replayed",
  "X-Request-Id",
  "Content-Disposition",
  "Mcp-Session-Id",
  "X-Seed",
  "X-Warnings",
  "Allow",
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
];

/**
 * Lets pages of other origins call the API with a key, preflights included. Keys travel in a header that a page has to
 * set itself, and the cookie of our own page counts for requests of its own origin alone.
 */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  if (origins.length === 0) return (_, next) => next();
  const origin = origins.includes("*") ? "*" : [...origins];
  return cors({
    origin,
    allowMethods: ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"],
    exposeHeaders: exposed,
    maxAge: 7_200,
  });
}
