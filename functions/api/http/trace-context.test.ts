import { Hono } from "hono";
import { expect, it } from "vitest";
import type { ApiEnv } from "../dependencies.ts";
import { traceContext } from "./trace-context.ts";

const app = new Hono<ApiEnv>()
  .use(async (c, next) => {
    c.set("requestId", "req_1");
    await next();
  }, traceContext)
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
