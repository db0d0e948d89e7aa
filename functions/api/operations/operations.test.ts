import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import { publishWorkerModel } from "../../../shared/model-catalog/worker-models.ts";
import { AttemptCounts } from "../../../shared/webhooks/attempt-totals.ts";
import { type ApiUnderTest, openApi, submitJob, turbo } from "../../../test/support/api/api-under-test.ts";
import { operationsSchema } from "./operations-responses.ts";

let api: ApiUnderTest;
let operatorKey: string;
beforeEach(async () => {
  api = await openApi();
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["accounts:admin"] });
  operatorKey = value;
});
afterEach(() => api.close());

async function operations(query = ""): Promise<z.infer<typeof operationsSchema>> {
  const response = await api.request("GET", `/v1/operations${query}`, undefined, {
    authorization: `Bearer ${operatorKey}`,
  });
  expect(response.status).toBe(200);
  return operationsSchema.parse(await response.json());
}

it("is for the operator alone", async () => {
  expect((await api.request("GET", "/v1/operations")).status).toBe(403);
});

it("is empty of a service that has done nothing yet", async () => {
  const state = await operations("?minutes=3");
  expect(state).toMatchObject({
    lanes: [
      { lane: "interactive", waiting: 0, running: 0, oldest_age_s: null },
      { lane: "batch", waiting: 0 },
    ],
    models: [{ id: turbo.id, workers: 0, seconds_per_job: null }, {}],
    workers: [],
    images: { total: 0 },
    wait: null,
    failures: [],
    accounts: { count: 1, open_jobs: 0, currency: "USD" },
    prices: [{ in_force: true }],
  });
  expect(state.images.per_minute).toHaveLength(3);
  expect(state.webhooks).toHaveLength(24);
});

it("shows what waits, who draws, what was drawn and what failed", async () => {
  const { job } = await submitJob(api, { n: 2 });
  await submitJob(api, { priority: "batch" });
  api.clock.advance(3_000);
  const setup = { device: "cuda", runtime: "ffi", plan: "all of it on the GPU", memoryBytes: 5, startedAt: 1_000 };
  await publishWorkerModel(api.items, "w1", { id: turbo.id, worker: setup }, api.clock.now());
  const claim = await api.jobs.claim(job.id, "w1");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  const drawing = await operations();
  expect(drawing.workers).toMatchObject([
    {
      id: "w1",
      model: turbo.id,
      state: "drawing",
      job_id: job.id,
      device: "cuda",
      memory_bytes: 5,
      images_last_hour: 0,
    },
  ]);
  // One queue holds both lanes here, and nobody has received the messages.
  expect(drawing.lanes).toMatchObject([
    { waiting: 2, oldest_age_s: 3 },
    { lane: "batch", waiting: 2 },
  ]);

  await api.jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 4_000 });
  const failing = await submitJob(api);
  const second = await api.jobs.claim(failing.job.id, "w1");
  if (second.outcome !== "claimed") throw new Error(second.outcome);
  await api.jobs.fail(second.job, { code: "invalid_image", message: "m", retryable: false });
  const attempts = new AttemptCounts();
  attempts.add({ status: "delivered", accountId: api.account.id }, api.clock.now());
  await attempts.flush(api.items);
  api.clock.advance(2_000);
  const after = await operations();
  expect(after).toMatchObject({
    workers: [{ id: "w1", state: "idle", job_id: null, images_last_hour: 2, seconds_per_image: expect.any(Number) }],
    images: { total: 2 },
    wait: { jobs: 1, p50_s: expect.any(Number), p95_s: expect.any(Number) },
    failures: [{ code: "invalid_image", count: 1 }],
  });
  expect(after.images.per_minute.reduce((sum, { images }) => sum + images, 0)).toBe(2);
  expect(after.webhooks.at(-1)).toMatchObject({ attempts: { delivered: 1 } });
});

it("is read once in two seconds, however often it is asked for", async () => {
  const first = await operations();
  api.clock.advance(1_999);
  expect((await operations()).at).toBe(first.at);
  api.clock.advance(1);
  expect((await operations()).at).not.toBe(first.at);
});

it.each(["0", "721", "x"])("refuses minutes=%s", async (minutes) => {
  const response = await api.request("GET", `/v1/operations?minutes=${minutes}`, undefined, {
    authorization: `Bearer ${operatorKey}`,
  });
  expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ param: "minutes" }] }]);
});
