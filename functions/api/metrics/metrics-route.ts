import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";
import { metricsContentType, metricsText } from "./metrics-text.ts";
import type { RequestCounts } from "./request-counts.ts";
import { serviceMetrics } from "./service-metrics.ts";

/**
 * `GET /metrics`, for the operator's own token alone: it tells of all accounts together, so that no account's key opens
 * it.
 */
export function metricsRoute(token: string, counts: RequestCounts, dependencies: RouteDependencies): Hono<ApiEnv> {
  const wanted = digest(`Bearer ${token}`);
  return new Hono<ApiEnv>().get("/", async (c) => {
    if (!timingSafeEqual(digest(c.req.header("authorization") ?? ""), wanted)) {
      throw new ApiError(
        401,
        "unauthorized",
        "the metrics need the token of METRICS_TOKEN: Authorization: Bearer <token>",
        {
          headers: { "www-authenticate": 'Bearer realm="metrics"' },
        },
      );
    }
    const metrics = [...(await serviceMetrics(dependencies)), ...counts.metrics()];
    return c.body(metricsText(metrics), 200, { "Content-Type": metricsContentType, "Cache-Control": "no-store" });
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
