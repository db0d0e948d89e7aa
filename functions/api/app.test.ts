import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../test/support/api/api-under-test.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import type { JobResource } from "./jobs/job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

describe("addresses", () => {
  it("are those that the client used", async () => {
    const response = await api.app.request("http://images.test:8787/v1/jobs", {
      method: "POST",
      headers: {
        authorization: `Key ${api.key}`,
        "content-type": "application/json; charset=UTF-8",
        "x-forwarded-host": "evil.test",
      },
      body: '{"prompt":"x"}',
    });
    expect(((await response.json()) as JobResource).links.self).toMatch(/^http:\/\/images\.test:8787\/v1\/jobs\//);
  });

  it.each([
    [{ trustProxy: true }, { "x-forwarded-host": "a.test, b.test", "x-forwarded-proto": "https" }, "https://a.test/"],
    [{ trustProxy: true }, { "x-forwarded-host": "a b/../@", "x-forwarded-proto": "javascript" }, "http://localhost/"],
    [{ publicUrl: "https://p.test/" }, { "x-forwarded-host": "a.test" }, "https://p.test/"],
  ])("follow %o", async (options, headers, origin) => {
    const configured = await openApi(options);
    try {
      const response = await configured.request("POST", "/v1/jobs", { prompt: "x" }, headers);
      expect(((await response.json()) as JobResource).links.self).toMatch(`${origin}v1/jobs/`);
    } finally {
      await configured.close();
    }
  });
});

describe("everything else", () => {
  it("is answered in the form of the route's API", async () => {
    expect(await readProblem(await api.request("GET", "/v2/x"))).toMatchObject({
      status: 404,
      code: "route_not_found",
    });
  });

  it.each([
    "chat/completions",
    "responses",
    "embeddings",
    "audio/speech",
    "images/variations",
  ])("tells a client of OpenAI's /v1/%s what there is, in its own form", async (route) => {
    const response = await api.request("POST", `/v1/${route}`, {});
    expect(response.status).toBe(404);
    const message = expect.stringMatching(/^there is no POST \/v1\/.* here; .*\/v1\/images\/generations/);
    expect(await response.json()).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: "unknown_url" },
    });
  });

  it.each([
    ["PUT", "/v1/jobs", "GET, HEAD, POST"],
    ["POST", "/v1/models", "GET, HEAD"],
    ["GET", "/v1/images/generations", "POST"],
    ["PATCH", "/v1/jobs/job_1/cancel", "POST"],
    ["GET", "/sdapi/v1/txt2img", "POST"],
    ["POST", "/healthz", "GET, HEAD"],
    ["POST", "/api/v1/tasks/job_1", "GET, HEAD"],
    ["GET", "/fal/run/fal-ai/z-image/turbo", "POST"],
    ["GET", "/fal/rest/storage/upload/initiate", "POST"],
  ])("answers %s %s with 405 and the methods that it has: %s", async (method, path, allow) => {
    const response = await api.request(method, path, method === "GET" ? undefined : {});
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });

  it("keeps the reason of a bug to the log", async () => {
    const broken = await openApi({ jobs: { ...api.jobs, get: () => Promise.reject(new Error("secret table name")) } });
    try {
      const response = await broken.request("GET", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV");
      const body = await readProblem(response);
      expect(body).toMatchObject({ status: 500, code: "internal_error", retryable: true });
      expect(JSON.stringify(body)).not.toContain("secret");
      expect(broken.logged.join()).toContain("secret table name");
    } finally {
      await broken.close();
    }
  });

  it("reports health without a key, and readiness by what answers", async () => {
    expect((await api.app.request("/healthz")).status).toBe(200);
    const ready = await api.app.request("/readyz");
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { status: "ready", checks: { queue: { ok: true } } },
    ]);
    // Its timeout passes when we say so, whatever the machine is busy with.
    const clock = manualClock();
    const broken = await openApi({ clock, queue: { ...api.queue, depth: () => new Promise(() => {}) } });
    try {
      const responding = broken.app.request("/readyz");
      // The same as it asks of these two, and after it.
      await broken.items.get({ pk: "READY", sk: "META" });
      await broken.objects.head("o/ready");
      clock.advance(2_000);
      const unready = await responding;
      expect([unready.status, await unready.json()]).toMatchObject([
        503,
        { checks: { queue: { ok: false }, items: { ok: true } } },
      ]);
    } finally {
      await broken.close();
    }
  });

  it("gives the account its webhook secret", async () => {
    const response = await api.request("GET", "/v1/webhooks/default/secret");
    const { key } = (await response.json()) as { key: string };
    expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const rotated = await (await api.request("POST", "/v1/webhooks/default/secret/rotate")).json();
    expect(rotated).toEqual({ key: expect.stringMatching(/^whsec_/), previous_until: expect.any(String) });
    const after = await (await api.request("GET", "/v1/webhooks/default/secret")).json();
    expect(after).toEqual({ key: (rotated as { key: string }).key });
    expect((rotated as { key: string }).key).not.toBe(key);
  });
});
