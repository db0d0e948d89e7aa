import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedQueue } from "../../../shared/embedded/queue.ts";
import { createLaneQueue } from "../../../shared/ports/lane-queue.ts";
import { AttemptCounts } from "../../../shared/webhooks/attempt-totals.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { createApp } from "../app.ts";

const token = "a token of the operator";
let api: ApiUnderTest;
let app: ReturnType<typeof createApp>;
beforeEach(async () => {
  api = await openApi();
  // As npm start has it: a queue for each lane.
  const batch = openEmbeddedQueue(":memory:", "jobs-batch", { clock: api.clock });
  const queue = createLaneQueue({ interactive: api.queue, batch });
  app = createApp({ ...api.dependencies, queue, metricsToken: token, workers: 2, freeDiskBytes: async () => 1e9 });
});
afterEach(() => api.close());

async function send(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${api.key}`, "content-type": "application/json" };
  const response = await app.request(path, { method, headers, body: body && JSON.stringify(body) });
  return (await response.json()) as { readonly id: string };
}

const submit = (fields = {}) => send("POST", "/v1/jobs", { prompt: "x", size: "64x64", ...fields });

async function scrape() {
  const response = await app.request("/metrics", { headers: { authorization: `Bearer ${token}` } });
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return (await response.text()).split("\n");
}

it("counts jobs by their state and lane, requests by route and status, webhook attempts and workers", async () => {
  await submit();
  await submit();
  await submit({ priority: "batch" });
  const canceled = await submit({ priority: "batch" });
  await send("POST", `/v1/jobs/${canceled.id}/cancel`);
  await submit({ size: "100x64" });
  await send("GET", "/v1/nothing/at/all");
  const attempts = new AttemptCounts();
  for (const status of ["delivered", "pending", "delivered", "delivered"])
    attempts.add({ status, accountId: "a" }, api.clock.now());
  await attempts.flush(api.items);
  attempts.add({ status: "delivered", accountId: "a" }, api.clock.now());
  await attempts.flush(api.items);
  const before = await scrape();
  expect(before).toEqual(
    expect.arrayContaining([
      "# TYPE zimage_queue_jobs gauge",
      'zimage_queue_jobs{lane="interactive"} 2',
      'zimage_queue_jobs{lane="batch"} 2',
      'zimage_jobs_ended_total{status="canceled"} 1',
      'zimage_jobs_ended_total{status="succeeded"} 0',
      'zimage_webhook_attempts_total{status="delivered"} 4',
      "zimage_workers 2",
      "zimage_disk_full 0",
      "zimage_disk_free_bytes 1000000000",
      'zimage_http_requests_total{method="POST",route="/v1/jobs",status="202"} 4',
      'zimage_http_requests_total{method="POST",route="/v1/jobs",status="400"} 1',
      'zimage_http_requests_total{method="POST",route="/v1/jobs/:id/cancel",status="200"} 1',
      'zimage_http_requests_total{method="GET",route="unknown",status="404"} 1',
    ]),
  );
  await api.worker.workOnce();
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'zimage_queue_jobs{lane="interactive"} 1',
      'zimage_jobs_ended_total{status="succeeded"} 1',
      'zimage_job_duration_seconds_bucket{le="+Inf"} 1',
      "zimage_job_duration_seconds_count 1",
    ]),
  );
});

it("tells how old the oldest waiting job is", async () => {
  await submit();
  api.clock.advance(90_000);
  await submit();
  const line = (await scrape()).find((text) => text.startsWith('zimage_queue_oldest_age_seconds{lane="interactive"}'));
  expect(Number(line?.split(" ")[1])).toBeGreaterThanOrEqual(90);
});
