import type { MiddlewareHandler } from "hono";
import { newTraceparent, parseTraceparent } from "../../../shared/jobs/trace-context.ts";
import type { ApiEnv } from "../dependencies.ts";

/** The caller's trace context, or a new one: jobs carry it to the worker's log and to webhooks. */
export const traceContext: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.set("traceparent", parseTraceparent(c.req.header("traceparent")) ?? newTraceparent(c.get("requestId")));
  await next();
};
