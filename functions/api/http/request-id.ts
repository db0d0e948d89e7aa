import type { MiddlewareHandler } from "hono";
import type { ApiDependencies, ApiEnv } from "../dependencies.ts";

/** Name each request and note when it came, in `x-request-id` of its answer and in the log. A proxy's own id is not taken over: ids are ours to find. */
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
