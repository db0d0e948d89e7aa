import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseJobMessage } from "../../../shared/jobs/job-message.ts";
import { resendAfterMs } from "../../../shared/limits.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "./job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const submit = (body?: object, headers?: { [name: string]: string }) => submitJob(api, body, headers);

describe("POST /v1/jobs", () => {
  it("records the job, queues it and says where to look", async () => {
    const { response, job } = await submit({ seed: 7, metadata: { sku: "A-1" } });
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/v1/jobs/${job.id}`);
    expect(job).toMatchObject({
      status: "queued",
      model: "z-image-turbo",
      metadata: { sku: "A-1" },
      params: { width: 64, height: 64, n: 1, seed: 7, steps: 8, guidance: 0, output: { format: "png" } },
      links: { self: `http://localhost/v1/jobs/${job.id}` },
    });
    expect((await api.queue.receive({ visibilityMs: 1000 })).map(({ body }) => JSON.parse(body))).toEqual([
      { v: 1, jobId: job.id, traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) },
    ]);
  });

  it("goes on with the caller's trace, in the job, its message and the log", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const { job } = await submit({}, { traceparent });
    expect((await api.jobs.get(job.id))?.traceparent).toBe(traceparent);
    const [message] = await api.queue.receive({ visibilityMs: 1000 });
    expect(parseJobMessage(message?.body ?? "")).toEqual({ jobId: job.id, traceparent });
    expect(api.logged.join()).toContain('"traceId":"0af7651916cd43dd8448eb211c80319c"');
  });

  it("answers 200 with the images when Prefer: wait is enough", async () => {
    api.worker.start();
    const { response, job } = await submit({ n: 2, seed: 2 ** 32 - 1 }, { prefer: "respond-async, wait=300" });
    expect(response.status).toBe(200);
    expect(response.headers.get("preference-applied")).toBe("wait=300");
    expect(job.status).toBe("succeeded");
    expect(job.images.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 2 ** 32]);
    expect(job.usage).toEqual({ gpu_ms: 12, steps: 16, megapixels: 0.008192 });
  });

  it("sends a client that accepts nothing but images on to the image", async () => {
    api.worker.start();
    const body = { prompt: "a teapot", size: "64x64" };
    const wanted = { prefer: "wait=300", accept: "image/png, image/*" };
    const response = await api.request("POST", "/v1/jobs", body, wanted);
    expect(response.status).toBe(303);
    const image = await api.app.request(response.headers.get("location") ?? "");
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/png"]);
    const mixed = await api.request("POST", "/v1/jobs", body, { prefer: "wait=300", accept: "image/png, */*" });
    expect(mixed.status).toBe(200);
  });

  it("answers 202 with the job as it is when the wait is over first, and does not wait unasked", async () => {
    const waited = await submit({}, { prefer: "wait=1" });
    expect([waited.response.status, waited.job.status]).toEqual([202, "queued"]);
    const before = api.clock.now();
    const { response } = await submit();
    expect(response.headers.get("preference-applied")).toBeNull();
    expect(api.clock.now()).toBe(before);
  });

  it.each([["wait=0"], ["wait=x"], ["handling=lenient"]])("leaves the preference %s unapplied", async (prefer) => {
    const { response } = await submit({}, { prefer });
    expect(response.headers.get("preference-applied")).toBeNull();
  });

  it("accepts a job when the queue is down: the tick sends it later", async () => {
    const broken = await openApi({
      queue: { ...api.queue, send: () => Promise.reject(new Error("queue down")) },
    });
    try {
      const response = await broken.request("POST", "/v1/jobs", { prompt: "x" });
      expect(response.status).toBe(202);
      broken.clock.advance(resendAfterMs);
      const { id } = (await response.json()) as JobResource;
      expect((await broken.jobs.sweep(10)).resend).toMatchObject([{ id }]);
    } finally {
      await broken.close();
    }
  });

  it("tells a queued job's place, and when it is begun as far as that is known", async () => {
    const first = await submit();
    expect(first.job.queue).toEqual({ position: 1, eta_s: null });
    await api.worker.workOnce();
    const get = async (id: string) => (await (await api.request("GET", `/v1/jobs/${id}`)).json()) as JobResource;
    expect((await get(first.job.id)).queue).toBeNull();
    await submit();
    const third = await submit();
    api.clock.advance(2_000);
    // The first one needed 12 ms, and there are two of them.
    expect((await get(third.job.id)).queue).toEqual({ position: 2, eta_s: 0 });
  });

  it("stores given latents and links them", async () => {
    const latents = Buffer.from(new Float32Array(16 * 8 * 8).fill(0.5).buffer);
    const { job } = await submit({ latents: latents.toString("base64") });
    const stored = await api.jobs.get(job.id);
    expect(Buffer.from((await api.objects.get(stored?.params.latentsKey ?? ""))?.body ?? [])).toEqual(latents);
    const linked = await api.app.request(job.params.latents_url ?? "");
    expect(Buffer.from(await linked.arrayBuffer())).toEqual(latents);
  });

  it.each([
    ["https://127.0.0.1/x", "webhook_url_forbidden"],
    ["http://example.com/x", "webhook_url_forbidden"],
    ["nonsense", "webhook_url_invalid"],
  ])("refuses the webhook address %s", async (url, code) => {
    const response = await api.request("POST", "/v1/jobs", { prompt: "x", webhook: { url } });
    expect(await readProblem(response)).toMatchObject({ status: 400, code, param: "webhook.url" });
  });

  it("answers in Chinese where that is preferred", async () => {
    const headers = { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" };
    const response = await api.request("POST", "/v1/jobs", { prompt: "x", foo: 1 }, headers);
    expect(response.headers.get("content-language")).toBe("zh");
    const { detail, errors } = await readProblem(response);
    expect(detail).toContain("未知字段 foo");
    expect(errors).toEqual([{ param: "foo", code: "unknown_field", message: "未知字段 foo", values: {} }]);
  });
});
