import { Hono } from "hono";
import { expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import type { ApiEnv } from "../../dependencies.ts";
import { requestId } from "./request-id.ts";

it("gives each request an id of its own, whatever the caller sent, and the time it arrived", async () => {
  const clock = manualClock();
  const arrived = clock.now();
  let ids = 0;
  const app = new Hono<ApiEnv>().use(requestId({ newId: () => String(++ids), clock })).get("/", (c) => {
    clock.advance(5);
    return c.json([c.get("requestId"), c.get("receivedAt")]);
  });
  for (const [id, at] of [
    ["req_1", arrived],
    ["req_2", arrived + 5],
  ] as const) {
    const response = await app.request("/", { headers: { "x-request-id": "req_of_a_proxy" } });
    expect([response.headers.get("x-request-id"), await response.json()]).toEqual([id, [id, at]]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});
