import { afterEach, beforeEach, expect, it } from "vitest";
import { jobKey } from "../../../shared/jobs/job-history.ts";
import { AttemptCounts } from "../../../shared/webhooks/attempt-totals.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

type Body = { readonly [name: string]: unknown } & { readonly id: string; readonly secret?: string };

async function call(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}) {
  const response = await api.request(method, path, body, headers);
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
}

const create = (body: object = {}) =>
  call("POST", "/v1/webhook-endpoints", { url: "https://example.com/hook", ...body });

it("makes an endpoint and shows its secret once", async () => {
  const { status, body } = await create({ events: ["job.failed"], description: "shop" });
  expect(status).toBe(201);
  expect(body.secret).toMatch(/^whsec_/);
  const { secret: _, ...shown } = body;
  expect((await call("GET", `/v1/webhook-endpoints/${body.id}`)).body).toEqual(shown);
  expect((await call("GET", "/v1/webhook-endpoints")).body).toEqual({ data: [shown] });
});

it.each([
  [{ url: "http://example.com/" }, "webhook_url_forbidden", "url"],
  [{ url: "https://169.254.169.254/" }, "webhook_url_forbidden", "url"],
  [{ url: "hook" }, "webhook_url_invalid", "url"],
  [{ events: ["job.done"] }, "invalid_value", "events.0"],
  [{ secret: "mine" }, "unknown_field", "secret"],
])("refuses %j", async (change, code, param) => {
  expect(await create(change)).toMatchObject({ status: 400, body: { code, param } });
  expect((await call("GET", "/v1/webhook-endpoints")).body).toEqual({ data: [] });
});

it("changes what is given and leaves the rest", async () => {
  const { body } = await create({ events: ["job.failed"] });
  const path = `/v1/webhook-endpoints/${body.id}`;
  expect((await call("PATCH", path, { enabled: false })).body).toMatchObject({
    enabled: false,
    events: ["job.failed"],
  });
  expect(await call("PATCH", path, { url: "https://10.0.0.1/" })).toMatchObject({ status: 400 });
  expect((await call("GET", path)).body).toMatchObject({ url: "https://example.com/hook", enabled: false });
});

it("gives a new secret, and says until when the old one signs", async () => {
  const { body } = await create();
  const { body: rotated } = await call("POST", `/v1/webhook-endpoints/${body.id}/rotate-secret`);
  expect(rotated.secret).not.toBe(body.secret);
  expect(Date.parse(String(rotated.secret_rotates_until)) - api.clock.now()).toBeLessThanOrEqual(86_400_000);
});

it("queues a test message, lists it, and sends it again only when it is settled", async () => {
  const { body } = await create();
  const test = await call("POST", `/v1/webhook-endpoints/${body.id}/test`);
  expect(test).toMatchObject({ status: 202, body: { type: "webhook.test", status: "pending", attempts: 0 } });
  const listed = await call("GET", `/v1/webhook-endpoints/${body.id}/deliveries`);
  expect(listed.body).toEqual({ data: [test.body], next_cursor: null });
  expect((await call("GET", `/v1/deliveries/${test.body.id}`)).body).toEqual({
    ...test.body,
    payload: {
      type: "webhook.test",
      timestamp: test.body.created_at,
      data: { id: body.id, object: "webhook_endpoint", message: "This is a test. Nothing happened." },
    },
  });
  expect(await call("POST", `/v1/deliveries/${test.body.id}/redeliver`)).toEqual({ status: 202, body: test.body });
});

it("logs what happens while an endpoint is off as skipped, and replays it once it is on", async () => {
  const { body } = await create({ enabled: false });
  const path = `/v1/webhook-endpoints/${body.id}`;
  const job = await call("POST", "/v1/jobs", { prompt: "x", size: "64x64" });
  await call("POST", `/v1/jobs/${job.body.id}/cancel`);
  const { data } = (await call("GET", `${path}/deliveries?status=skipped`)).body as unknown as { data: Body[] };
  expect(data).toMatchObject([{ type: "job.canceled", job_id: job.body.id, endpoint_id: body.id }]);
  const since = { since: "2020-01-01T00:00:00Z" };
  expect(await call("POST", `${path}/replay`, since)).toMatchObject({
    status: 409,
    body: { code: "webhook_endpoint_disabled" },
  });
  expect(await call("POST", `/v1/deliveries/${data[0]?.id}/redeliver`)).toMatchObject({ status: 409 });
  await call("PATCH", path, { enabled: true });
  expect(await call("POST", `${path}/replay`, since)).toEqual({ status: 202, body: { count: 1, next_since: null } });
  expect((await call("GET", `/v1/deliveries/${data[0]?.id}`)).body).toMatchObject({ status: "pending" });
});

it("shows the messages of single jobs' webhooks under default", async () => {
  const webhook = { url: "https://example.com/own" };
  const job = await call("POST", "/v1/jobs", { prompt: "x", size: "64x64", webhook });
  await call("POST", `/v1/jobs/${job.body.id}/cancel`);
  const { body } = await call("GET", "/v1/webhook-endpoints/default/deliveries");
  expect(body).toMatchObject({ data: [{ endpoint_id: null, url: webhook.url, job_id: job.body.id }] });
});

it("shows the body of a message as it would be sent now, in the form that its receiver expects", async () => {
  const webhook = { url: "https://example.com/own" };
  const job = await call("POST", "/v1/jobs", { prompt: "a kite", size: "64x64", webhook });
  await call("POST", `/v1/jobs/${job.body.id}/cancel`);
  const fal = { prompt: "a kite", image_size: { width: 64, height: 64 } };
  const queued = await api.request(
    "POST",
    "/fal/queue/fal-ai/z-image/turbo?fal_webhook=https%3A%2F%2Fexample.com%2Ffal",
    fal,
  );
  const { request_id: requestId } = (await queued.json()) as { request_id: string };
  await api.jobs.requestCancel(requestId);
  const { data } = (await call("GET", "/v1/webhook-endpoints/default/deliveries")).body as unknown as { data: Body[] };
  const payloadOf = async (jobId: unknown) => {
    const id = data.find((delivery) => delivery.job_id === jobId)?.id;
    return (await call("GET", `/v1/deliveries/${id}`)).body.payload;
  };
  expect(await payloadOf(job.body.id)).toMatchObject({
    type: "job.canceled",
    data: { id: job.body.id, status: "canceled", params: { prompt: "a kite" } },
  });
  expect(await payloadOf(requestId)).toMatchObject({ request_id: requestId, status: "ERROR" });
});

it("has no body of a message whose job is no longer stored", async () => {
  const webhook = { url: "https://example.com/own" };
  const job = await call("POST", "/v1/jobs", { prompt: "a kite", size: "64x64", webhook });
  await call("POST", `/v1/jobs/${job.body.id}/cancel`);
  const { data } = (await call("GET", "/v1/webhook-endpoints/default/deliveries")).body as unknown as { data: Body[] };
  await api.items.write([{ delete: jobKey(String(job.body.id)) }]);
  expect((await call("GET", `/v1/deliveries/${data[0]?.id}`)).body).toMatchObject({ payload: null });
});

it("counts the attempts of an endpoint by the hour", async () => {
  const { body } = await create();
  const counts = new AttemptCounts();
  for (const status of ["delivered", "pending", "delivered"])
    counts.add({ status, accountId: api.account.id, endpointId: String(body.id) }, api.clock.now());
  await counts.flush(api.items);
  const health = await call("GET", `/v1/webhook-endpoints/${body.id}/health?hours=2`);
  expect(health.body).toMatchObject({
    object: "webhook_health",
    hours: [{ attempts: {} }, { attempts: { delivered: 2, pending: 1 } }],
  });
  const single = await call("GET", "/v1/webhook-endpoints/default/health");
  expect((single.body as unknown as { hours: object[] }).hours).toHaveLength(24);
  expect(await call("GET", "/v1/webhook-endpoints/we_nothing/health")).toMatchObject({ status: 404 });
  expect(await call("GET", `/v1/webhook-endpoints/${body.id}/health?hours=169`)).toMatchObject({ status: 400 });
});

it("deletes", async () => {
  const { body } = await create();
  expect(await call("DELETE", `/v1/webhook-endpoints/${body.id}`)).toEqual({ status: 204, body: {} });
  expect(await call("GET", `/v1/webhook-endpoints/${body.id}`)).toMatchObject({ status: 404 });
});

it("keeps accounts apart, and says so in Chinese to who asks", async () => {
  const { body } = await create();
  const { body: test } = await call("POST", `/v1/webhook-endpoints/${body.id}/test`);
  const other = await api.apiKeys.createAccount("second");
  const { value } = await api.apiKeys.createKey(other.id);
  const asOther = { authorization: `Bearer ${value}`, "accept-language": "zh-CN" };
  for (const [method, path] of [
    ["GET", `/v1/webhook-endpoints/${body.id}`],
    ["POST", `/v1/webhook-endpoints/${body.id}/rotate-secret`],
    ["POST", `/v1/webhook-endpoints/${body.id}/test`],
    ["GET", `/v1/webhook-endpoints/${body.id}/deliveries`],
    ["DELETE", `/v1/webhook-endpoints/${body.id}`],
    ["GET", `/v1/deliveries/${test.id}`],
    ["POST", `/v1/deliveries/${test.id}/redeliver`],
  ] as const) {
    const answer = await call(method, path, undefined, asOther);
    expect(answer.status, path).toBe(404);
    expect(answer.body.detail).toMatch(/^找不到该/);
  }
});

it("wants the scopes of webhooks", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["webhooks:read"] });
  const asReader = { authorization: `Bearer ${value}` };
  expect((await call("GET", "/v1/webhook-endpoints", undefined, asReader)).status).toBe(200);
  expect(await call("POST", "/v1/webhook-endpoints", { url: "https://example.com/" }, asReader)).toMatchObject({
    status: 403,
    body: { code: "insufficient_scope" },
  });
});
