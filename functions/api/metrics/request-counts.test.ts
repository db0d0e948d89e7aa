import { Hono } from "hono";
import { expect, it } from "vitest";
import { fastClock } from "../../../test/support/fast-clock.ts";
import type { ApiEnv } from "../dependencies.ts";
import { metricsText } from "./metrics-text.ts";
import { RequestCounts } from "./request-counts.ts";

/** An app whose `/items/:id` takes `tookMs`, and the lines of its metrics that begin so. */
function counted(tookMs = 0) {
  const clock = fastClock(0);
  const counts = new RequestCounts({ clock });
  const app = new Hono<ApiEnv>().use(counts.middleware).all("/items/:id", (c) => {
    clock.advance(tookMs);
    return c.req.param("id") === "none" ? c.json({}, 404) : c.text("here");
  });
  const lines = (start: string) =>
    metricsText(counts.metrics())
      .split("\n")
      .filter((line) => line.startsWith(start));
  return { app, lines };
}

it("counts the requests of a route together, apart by method and status", async () => {
  const { app, lines } = counted();
  for (const path of ["/items/1", "/items/2", "/items/none"]) await app.request(path);
  await app.request("/items/3", { method: "POST" });
  expect(lines("zimage_http_requests_total")).toEqual([
    'zimage_http_requests_total{method="GET",route="/items/:id",status="200"} 2',
    'zimage_http_requests_total{method="GET",route="/items/:id",status="404"} 1',
    'zimage_http_requests_total{method="POST",route="/items/:id",status="200"} 1',
  ]);
});

it("makes one series of all paths that no route has, and of all methods that HTTP does not know", async () => {
  const { app, lines } = counted();
  for (const path of ["/a", "/b", "/c/d"]) await app.request(path);
  for (const method of ["BREW", "WHEN"]) await app.request("/items/1", { method });
  expect(lines("zimage_http_requests_total")).toEqual([
    'zimage_http_requests_total{method="GET",route="unknown",status="404"} 3',
    'zimage_http_requests_total{method="other",route="/items/:id",status="200"} 2',
  ]);
});

it("counts a request in every bucket whose bound it kept, the bound itself included", async () => {
  const { app, lines } = counted(500);
  await app.request("/items/1");
  await app.request("/items/2");
  const route = 'route="/items/:id"';
  const buckets = lines("zimage_http_request_duration_seconds_bucket").map((line) => line.replace(/^.*le=/, ""));
  expect(buckets.slice(0, 5)).toEqual(['"0.01"} 0', '"0.05"} 0', '"0.1"} 0', '"0.5"} 2', '"1"} 2']);
  expect(buckets.at(-1)).toBe('"+Inf"} 2');
  expect(lines("zimage_http_request_duration_seconds_sum")).toEqual([
    `zimage_http_request_duration_seconds_sum{${route}} 1`,
  ]);
});

it("counts a request that takes longer than the last bound only among all", async () => {
  const { app, lines } = counted(301_000);
  await app.request("/items/1");
  const values = lines("zimage_http_request_duration_seconds_bucket").map((line) => Number(line.split(" ").at(-1)));
  expect(values).toEqual([...Array(9).fill(0), 1]);
});
