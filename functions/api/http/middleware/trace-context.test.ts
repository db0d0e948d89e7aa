import { Hono } from "hono";
import { expect, it } from "vitest";
import { systemClock } from "../../../../shared/ports/clock.ts";
import type { Span } from "../../../../shared/tracing/span.ts";
import type { ApiEnv } from "../../dependencies.ts";
import { traceContext } from "./trace-context.ts";

const app = new Hono<ApiEnv>()
  .use(
    async (c, next) => {
      c.set("requestId", "req_1");
      await next();
    },
    traceContext({ clock: systemClock }),
  )
  .get("/", (c) => c.text(c.get("traceparent")));
const traceparentOf = async (traceparent?: string) =>
  (await app.request("/", { headers: traceparent === undefined ? {} : { traceparent } })).text();

it("keeps the caller's trace context", async () => {
  const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  expect(await traceparentOf(given)).toBe(given);
});

it.each([
  [undefined],
  ["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
  ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"],
  ["nothing"],
])("makes a valid one in place of %s", async (given) => {
  expect(await traceparentOf(given)).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/);
});

it("records a span for a sampled request: below the caller's, or as the root of a trace that begins here", async () => {
  const spans: Span[] = [];
  const traced = new Hono<ApiEnv>()
    .use(
      async (c, next) => {
        c.set("requestId", "req_1");
        await next();
      },
      traceContext({ clock: systemClock, spans: { record: (span) => void spans.push(span) }, traceRatio: 1 }),
    )
    .get("/v1/jobs/:id", (c) => c.text(c.get("traceparent")));
  const call = (traceparent?: string) =>
    traced.request("/v1/jobs/job_1", { headers: traceparent === undefined ? {} : { traceparent } });
  await call("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  await call("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  const begun = await (await call()).text();
  expect(spans).toHaveLength(2);
  expect(spans[0]).toMatchObject({
    name: "GET /v1/jobs/:id",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    parentSpanId: "b7ad6b7169203331",
    attributes: { "http.response.status_code": 200 },
  });
  expect(begun).toBe(`00-${spans[1]!.traceId}-${spans[1]!.spanId}-01`);
  expect(spans[1]!.parentSpanId).toBeUndefined();
});
