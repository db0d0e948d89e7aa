import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import {
  type DeliverDependencies,
  type DeliveryRequest,
  deliver,
  maxWebhookBodyBytes,
  webhookBody,
} from "./deliver.ts";

const secret = newWebhookSecret();
const delivery = {
  messageId: "msg_01J",
  jobId: "job_01J",
  accountId: "acc_1",
  eventType: "job.succeeded",
  url: "https://example.com/hook",
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
} as const;
const presented = { id: "job_01J", status: "succeeded", params: { prompt: "一只猫" }, metadata: {}, images: [] };

/** Only what `deliver` hands on: it never looks inside. */
const job = { id: "job_01J" } as Job;

function dependencies(answer: { status: number; body?: string }, overrides: Partial<DeliverDependencies> = {}) {
  const sent: (DeliveryRequest & { url: string })[] = [];
  let now = Date.now();
  const all: DeliverDependencies = {
    job: async () => job,
    present: () => presented,
    secrets: async () => [secret],
    fetch: async (url, request) => {
      sent.push({ url, ...request });
      now += 25;
      return { status: answer.status, headers: {}, body: Buffer.from(answer.body ?? ""), truncated: false };
    },
    now: () => now,
    ...overrides,
  };
  return { all, sent };
}

const idle = new AbortController().signal;

describe("deliver", () => {
  it("posts the body of the API that the job came through, to the job's own webhook alone", async () => {
    const { all, sent } = dependencies({ status: 204 }, { foreignBody: ({ id }) => ({ request_id: id }) });
    await deliver(delivery, all, idle);
    await deliver({ ...delivery, endpointId: "whe_1" }, all, idle);
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ request_id: "job_01J" });
    expect(new Webhook(secret).verify(String(sent[0]?.body), { ...sent[0]?.headers })).toBeTruthy();
    expect(JSON.parse(String(sent[1]?.body))).toMatchObject({ type: "job.succeeded", data: presented });
  });

  it("goes on with the trace of the job, and tells its id", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const { all, sent } = dependencies({ status: 204 }, { job: async () => ({ ...job, traceparent }) });
    expect((await deliver(delivery, all, idle)).traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    expect(sent[0]?.headers?.traceparent).toBe(traceparent);
  });

  it("posts a signed body of type, timestamp and the job", async () => {
    const { all, sent } = dependencies({ status: 204 });
    expect(await deliver(delivery, all, idle)).toEqual({
      outcome: "delivered",
      statusCode: 204,
      excerpt: "",
      latencyMs: 25,
    });
    const [request] = sent;
    expect(request).toMatchObject({ url: delivery.url, method: "POST" });
    expect(request?.headers).toMatchObject({ "content-type": "application/json", "webhook-id": "msg_01J" });
    expect(new Webhook(secret).verify(String(request?.body), { ...request?.headers })).toEqual({
      type: "job.succeeded",
      timestamp: "2026-01-02T03:04:05.000Z",
      data: presented,
    });
  });

  it.each([
    [200, "delivered", undefined],
    [299, "delivered", undefined],
    [301, "retry", "webhook_refused"],
    [400, "retry", "webhook_refused"],
    [404, "retry", "webhook_refused"],
    [410, "disabled", "webhook_gone"],
    [429, "retry", "webhook_refused"],
    [500, "retry", "webhook_refused"],
  ])("judges %i as %s", async (status, outcome, code) => {
    const { all } = dependencies({ status });
    const result = await deliver(delivery, all, idle);
    expect(result).toMatchObject({ outcome, statusCode: status });
    expect(result.error?.code).toBe(code);
  });

  it.each([
    ["an unreachable receiver", "retry", new PipelineError("webhook_unreachable", "x", { retryable: true })],
    ["a forbidden address", "failed", new PipelineError("webhook_url_forbidden", "x")],
    ["a name that leads to one now", "retry", new PipelineError("webhook_url_forbidden", "x", { retryable: true })],
  ])("takes %s as %s", async (_name, outcome, error) => {
    const { all } = dependencies({ status: 200 }, { fetch: () => Promise.reject(error) });
    expect(await deliver(delivery, all, idle)).toMatchObject({ outcome, error: { code: error.code } });
  });

  it("fails for good when the job is gone", async () => {
    const { all } = dependencies({ status: 200 }, { job: async () => undefined });
    expect(await deliver(delivery, all, idle)).toMatchObject({ outcome: "failed", error: { code: "job_gone" } });
  });

  it("fails for good when the account has no secret", async () => {
    const { all, sent } = dependencies({ status: 200 }, { secrets: async () => [] });
    expect(await deliver(delivery, all, idle)).toMatchObject({ error: { code: "webhook_secret_missing" } });
    expect(sent).toEqual([]);
  });

  it("keeps a short, printable excerpt of the answer", async () => {
    const { all } = dependencies({ status: 500, body: `\u001b[31mno\r\n${"x".repeat(5_000)}` });
    const { excerpt } = await deliver(delivery, all, idle);
    expect(excerpt).toHaveLength(1_000);
    expect(excerpt).toMatch(/^ \[31mno x+$/);
  });

  it("rejects with the reason when it is stopped", async () => {
    const stop = new AbortController();
    const { all } = dependencies({ status: 200 }, { fetch: () => Promise.reject(new Error("socket closed")) });
    stop.abort(new Error("stopping"));
    await expect(deliver(delivery, all, stop.signal)).rejects.toThrow("stopping");
  });
});

describe("webhookBody", () => {
  const bytes = (value: object) => Buffer.byteLength(webhookBody(delivery, { ...presented, ...value }));
  const data = (value: object) => JSON.parse(webhookBody(delivery, { ...presented, ...value })).data;

  it("leaves out the parameters, then the metadata, of a job that is too large, and names them", () => {
    const params = { prompt: "图".repeat(10_000) };
    const metadata = { note: "图".repeat(10_000) };
    expect(data({ params })).toEqual({
      id: "job_01J",
      status: "succeeded",
      metadata: {},
      images: [],
      omitted: ["params"],
    });
    expect(data({ params, metadata })).toEqual({
      id: "job_01J",
      status: "succeeded",
      images: [],
      omitted: ["params", "metadata"],
    });
    expect(bytes({ params, metadata })).toBeLessThanOrEqual(maxWebhookBodyBytes);
  });

  it("counts bytes, not characters", () => {
    const fits = maxWebhookBodyBytes - bytes({ params: { prompt: "" } });
    expect(bytes({ params: { prompt: "a".repeat(fits) } })).toBe(maxWebhookBodyBytes);
    expect(data({ params: { prompt: "a".repeat(fits + 1) } }).omitted).toEqual(["params"]);
    expect(data({ params: { prompt: "é".repeat(fits - 1) } }).omitted).toEqual(["params"]);
  });

  it("refuses what is too large even so", () => {
    expect(() => bytes({ error: { message: "x".repeat(30_000) } })).toThrow(
      expect.objectContaining({ code: "webhook_body_too_large" }),
    );
  });
});
