import type { MiddlewareHandler } from "hono";
import type { ApiDependencies, ApiEnv } from "../../dependencies.ts";

/**
 * Gives each request an id, returned as `x-request-id` and logged, and records when it arrived. A proxy's own id is
 * ignored, so that ids are unique in the log.
 */
export function requestId({ newId, clock }: Pick<ApiDependencies, "newId" | "clock">): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const id = `req_${newId()}`;
    c.set("requestId", id);
    c.set("receivedAt", clock.now());
    await next();
    c.header("x-request-id", id);
    c.header("x-content-type-options", "nosniff");
  };
}
