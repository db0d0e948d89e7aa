import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { newTraceparent, parseTraceparent } from "../../../../shared/jobs/trace-context.ts";
import type { Clock } from "../../../../shared/ports/clock.ts";
import { newSpanId, type Spans, sampledParent } from "../../../../shared/tracing/span.ts";
import type { ApiEnv } from "../../dependencies.ts";

export interface TraceOptions {
  /** @default no span is made */
  readonly spans?: Spans;
  /** Share of the requests without a caller's trace that is recorded, 0 to 1. @default none */
  readonly traceRatio?: number;
  readonly clock: Clock;
}

/**
 * The caller's trace context, or a new one: jobs carry it to the worker's log and to webhooks. Where spans are
 * recorded, each request that is sampled has one: below the caller's span, or as the root of a trace that begins here.
 */
export function traceContext({ spans, traceRatio = 0, clock }: TraceOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const given = parseTraceparent(c.req.header("traceparent"));
    const traceparent = given ?? newTraceparent(c.get("requestId"), traceRatio);
    c.set("traceparent", traceparent);
    const startMs = clock.now();
    await next();
    const parent = spans && sampledParent(traceparent);
    if (parent === undefined) return;
    const { traceId, parentSpanId } = parent;
    spans?.record({
      name: `${c.req.method} ${routePath(c, -1)}`,
      kind: "server",
      traceId,
      ...(given === undefined ? { spanId: parentSpanId } : { spanId: newSpanId(), parentSpanId }),
      startMs,
      endMs: clock.now(),
      attributes: {
        "http.request.method": c.req.method,
        "http.route": routePath(c, -1),
        "http.response.status_code": c.res.status,
        "z_image.request_id": c.get("requestId"),
      },
      error: c.res.status >= 500 ? String(c.res.status) : undefined,
    });
  };
}
