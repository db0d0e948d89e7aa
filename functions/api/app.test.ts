import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { spendKey } from "../../shared/money/ledger.ts";
import { type ApiUnderTest, openApi } from "../../test/support/api-under-test.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { servedPageNames } from "./docs/served-pages.ts";
import type { Problem } from "./http/service-responses.ts";
import type { JobResource } from "./jobs/job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function submit(body: object = {}, headers: { [name: string]: string } = {}) {
  const response = await api.request("POST", "/v1/jobs", { prompt: "a teapot", size: "64x64", ...body }, headers);
  return { response, job: (await response.json()) as JobResource };
}

async function problem(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Problem;
  expect(body.status).toBe(response.status);
  expect(body.request_id).toBe(response.headers.get("x-request-id"));
  return body;
}

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

  it("answers 200 with the pictures when Prefer: wait is enough", async () => {
    api.worker.start();
    const { response, job } = await submit({ n: 2, seed: 2 ** 32 - 1 }, { prefer: "respond-async, wait=300" });
    expect(response.status).toBe(200);
    expect(response.headers.get("preference-applied")).toBe("wait=300");
    expect(job.status).toBe("succeeded");
    expect(job.images.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 2 ** 32]);
    expect(job.usage).toEqual({ gpu_ms: 12, steps: 16, megapixels: 0.008192 });
  });

  it("sends a client that accepts nothing but pictures on to the picture", async () => {
    api.worker.start();
    const body = { prompt: "a teapot", size: "64x64" };
    const wanted = { prefer: "wait=300", accept: "image/png, image/*" };
    const response = await api.request("POST", "/v1/jobs", body, wanted);
    expect(response.status).toBe(303);
    const picture = await api.app.request(response.headers.get("location") ?? "");
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
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
      broken.clock.advance(120_000);
      const { id } = (await response.json()) as JobResource;
      expect((await broken.jobs.sweep(10)).resend).toMatchObject([{ id }]);
    } finally {
      await broken.close();
    }
  });

  it("gives the same job for the same Idempotency-Key and body, whatever the order of its fields", async () => {
    const first = await submit({ seed: 1, n: 2 }, { "idempotency-key": "order-1" });
    const response = await api.request(
      "POST",
      "/v1/jobs",
      { n: 2, seed: 1, size: "64x64", prompt: "a teapot" },
      { "idempotency-key": "order-1" },
    );
    expect(response.headers.get("idempotent-replayed")).toBe("true");
    expect(((await response.json()) as JobResource).id).toBe(first.job.id);
    expect(await api.queue.depth()).toMatchObject({ visible: 1 });
  });

  it("answers 422 when an Idempotency-Key comes with another body, and keeps the stored form of the key to itself", async () => {
    await submit({ seed: 1 }, { "idempotency-key": "order-1" });
    const response = await api.request("POST", "/v1/jobs", { prompt: "b" }, { "idempotency-key": "order-1" });
    const { status, code, param, detail } = await problem(response);
    expect([status, code, param]).toEqual([422, "idempotency_key_reused", "Idempotency-Key"]);
    expect(detail).not.toContain("key_");
  });

  it("keeps the Idempotency-Keys of two API keys apart", async () => {
    const { value } = await api.apiKeys.createKey(api.account.id);
    const first = await submit({}, { "idempotency-key": "1" });
    const second = await submit({}, { "idempotency-key": "1", authorization: `Bearer ${value}` });
    expect(second.job.id).not.toBe(first.job.id);
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

  it("goes on with the job of a request that its client marks as sent again, once for each", async () => {
    const mark = { "x-stainless-retry-count": "1" };
    const first = await submit({ seed: 1 });
    const again = await submit({ seed: 1 }, mark);
    expect(again.job.id).toBe(first.job.id);
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    expect((await submit({ seed: 1 })).job.id, "a new wish").not.toBe(first.job.id);
    expect((await submit({ seed: 2 }, mark)).job.id, "of another body").not.toBe(first.job.id);
    const both = await Promise.all([submit({ seed: 3 }), submit({ seed: 3 }, mark)]);
    expect(both[0].job.id, "while the first was still being recorded").toBe(both[1].job.id);
    expect(await api.queue.depth()).toMatchObject({ visible: 4 });
  });

  it("goes on with the job of an equal request that lost its connection, once", async () => {
    const gone = new AbortController();
    const body = { prompt: "a teapot", size: "64x64", seed: 1 };
    const headers = { authorization: `Bearer ${api.key}`, "content-type": "application/json", prefer: "wait=300" };
    const init = { method: "POST", headers, body: JSON.stringify(body), signal: gone.signal };
    const lost = Promise.resolve(api.app.request("/v1/jobs", init)).catch(() => undefined);
    while ((await api.queue.depth()).visible === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    gone.abort();
    await lost;
    const again = await submit({ seed: 1 });
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    expect((await submit({ seed: 1 })).response.headers.get("idempotent-replayed")).toBeNull();
    expect(await api.queue.depth()).toMatchObject({ visible: 2 });
  });

  describe("of a key with a deduplication window", () => {
    const windowS = 60;
    let key: string;
    let keyId: string;
    beforeEach(async () => {
      const made = await api.apiKeys.createKey(api.account.id, { deduplicationWindowS: windowS });
      ({ value: key } = made);
      keyId = made.key.id;
    });
    const own = (headers = {}) => ({ authorization: `Bearer ${key}`, ...headers });
    const replayed = ({ response }: Awaited<ReturnType<typeof submit>>) => response.headers.get("idempotent-replayed");

    it("gives an equal request the job of the one that was answered, and charges once", async () => {
      const first = await submit({}, own());
      await api.worker.workOnce();
      api.clock.advance(windowS * 1_000 - 1);
      const again = await submit({}, own());
      expect([again.job.id, again.job.status, replayed(again)]).toEqual([first.job.id, "succeeded", "true"]);
      expect(replayed(first)).toBeNull();
      expect((await submit({ prompt: "another" }, own())).job.id, "another wish").not.toBe(first.job.id);
      expect((await submit()).job.id, "of another key").not.toBe(first.job.id);
      api.clock.advance(1);
      const later = await submit({}, own());
      expect(replayed(later), "after the window").toBeNull();
      expect(await api.items.get(spendKey(api.account.id, { keyId }))).toMatchObject({ data: { open: 2 } });
    });

    it("leaves a request with a seed or a key alone", async () => {
      const seeded = [await submit({ seed: 1 }, own()), await submit({ seed: 1 }, own())];
      expect(seeded[0]!.job.id).not.toBe(seeded[1]!.job.id);
      const plain = await submit({}, own());
      const keyed = await submit({}, own({ "idempotency-key": "1" }));
      expect([replayed(keyed), keyed.job.id === plain.job.id]).toEqual([null, false]);
      expect((await submit({}, own())).job.id, "nor is it what is given again").toBe(plain.job.id);
    });

    it("takes equal requests under way at once for as many orders, and gives each back", async () => {
      const orders = await Promise.all([submit({}, own()), submit({}, own())]);
      const again = [await submit({}, own()), await submit({}, own())];
      const ids = (list: readonly { readonly job: JobResource }[]) => list.map(({ job }) => job.id).sort();
      expect(new Set(ids(orders)).size).toBe(2);
      expect(ids(again)).toEqual(ids(orders));
    });

    it("tries again what was cancelled or has failed", async () => {
      const first = await submit({}, own());
      await api.jobs.requestCancel(first.job.id);
      const second = await submit({}, own());
      expect(second.job.id).not.toBe(first.job.id);
      expect((await submit({}, own())).job.id).toBe(second.job.id);
    });

    it("holds it to the end of an answer that is written while the picture is drawn", async () => {
      api.worker.start();
      const body = { jsonrpc: "2.0", id: 1, method: "tools/call" };
      const params = { name: "generate", arguments: { prompt: "a red cup", size: "64x64" } };
      const call = async () => {
        const headers = own({ accept: "application/json, text/event-stream" });
        return (await api.request("POST", "/mcp", { ...body, params }, headers)).text();
      };
      const idIn = (text: string) => /job_\w{26}/.exec(text)?.[0];
      const first = idIn(await call());
      expect(first).toBeDefined();
      expect(idIn(await call())).toBe(first);
    });

    it.each([
      [
        "takes an equal request a second later for its repetition where nobody hears of lost connections",
        false,
        "true",
      ],
      ["leaves equal requests under way apart where lost connections are heard of", true, null],
    ])("%s", async (_, hearsLostConnections, replayed) => {
      const clock = manualClock();
      const held = await openApi({ hearsLostConnections, clock });
      try {
        const made = await held.apiKeys.createKey(held.account.id, { deduplicationWindowS: windowS });
        const ask = (prefer = {}) => {
          const headers = { authorization: `Bearer ${made.value}`, ...prefer };
          return held.request("POST", "/v1/jobs", { prompt: "a teapot", size: "64x64" }, headers);
        };
        const gone = new Set<Promise<unknown>>();
        // The second is one of those that one call is split into.
        for (const [queued, pauseMs] of [0, 999].entries()) {
          await vi.waitUntil(async () => (await held.queue.depth()).visible === queued);
          clock.advance(pauseMs);
          gone.add(Promise.resolve(ask({ prefer: "wait=300" })));
        }
        await vi.waitUntil(async () => (await held.queue.depth()).visible === 2);
        clock.advance(1);
        expect((await ask()).headers.get("idempotent-replayed")).toBe(replayed);
        clock.advance(300_000);
        await Promise.all(gone);
      } finally {
        await held.close();
      }
    });

    it("is off at 0, within the five seconds that a key is remembered", async () => {
      const first = await submit({}, own());
      await api.apiKeys.changeKey(api.account.id, keyId, { deduplicationWindowS: 0 });
      api.clock.advance(5_000);
      expect((await submit({}, own())).job.id).not.toBe(first.job.id);
    });
  });

  it("takes an equal request without a mark for another order, whatever its client and its pause", async () => {
    const client = { "user-agent": "ai/7.0.173 ai-sdk/openai/4.0.118 runtime/node.js/24" };
    const ids = new Set<string>();
    for (let order = 0; order < 3; order++) {
      ids.add((await submit({}, client)).job.id);
      api.clock.advance(2_100);
    }
    expect(ids.size).toBe(3);
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
    expect(await problem(response)).toMatchObject({ status: 400, code, param: "webhook.url" });
  });

  it("answers in Chinese where that is preferred", async () => {
    const headers = { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" };
    const response = await api.request("POST", "/v1/jobs", { prompt: "x", foo: 1 }, headers);
    expect(response.headers.get("content-language")).toBe("zh");
    const { detail, errors } = await problem(response);
    expect(detail).toContain("未知字段 foo");
    expect(errors).toEqual([{ param: "foo", code: "unknown_field", message: "unknown field foo" }]);
  });
});

describe("GET /v1/jobs", () => {
  it("lists by pages, newest first, and filters", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.unshift((await submit({ metadata: { batch: i < 2 ? "a" : "b" } })).job.id);
      api.clock.advance(1000);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/v1/jobs?limit=2${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = (await (await api.request("GET", path)).json()) as {
        data: JobResource[];
        next_cursor: string | null;
      };
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);

    const list = async (query: string) => {
      const { data } = (await (await api.request("GET", `/v1/jobs?${query}`)).json()) as { data: JobResource[] };
      return data.map(({ id }) => id);
    };
    expect(await list("metadata[batch]=a")).toEqual(ids.slice(3));
    expect(await list("status=succeeded")).toEqual([]);
    const third = new Date((await api.jobs.get(ids[2] ?? ""))?.createdAt ?? 0).toISOString();
    expect(await list(`created_after=${third}`)).toEqual(ids.slice(0, 2));
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["status=done", "status"],
    ["created_after=yesterday", "created_after"],
    ["cursor=xyz", "cursor"],
    ["metadata[]=1", "metadata."],
    ["page=2", "page"],
  ])("refuses %s", async (query, param) => {
    const response = await api.request("GET", `/v1/jobs?${query}`);
    expect(await problem(response)).toMatchObject({ status: 400, param });
  });
});

describe("one job", () => {
  it("does not exist for others", async () => {
    const { job } = await submit();
    const other = await api.apiKeys.createKey((await api.apiKeys.createAccount("other")).id);
    const headers = { authorization: `Bearer ${other.value}` };
    for (const [method, path] of [
      ["GET", `/v1/jobs/${job.id}`],
      ["POST", `/v1/jobs/${job.id}/cancel`],
      ["GET", `/v1/jobs/${job.id}/events`],
    ] as const) {
      const response = await api.request(method, path, undefined, headers);
      expect(await problem(response)).toMatchObject({ status: 404, code: "job_not_found" });
    }
    expect((await api.jobs.get(job.id))?.status).toBe("queued");
    const list = await api.request("GET", "/v1/jobs", undefined, headers);
    expect(await list.json()).toEqual({ data: [], next_cursor: null });
  });

  it.each([["x"], ["job_%00"], ["job_".padEnd(5000, "A")], ["%zz"]])("is not found under the id %.20s", async (id) => {
    expect((await api.request("GET", `/v1/jobs/${id}`)).status).toBe(404);
  });

  it("is cancelled at once while it waits, and again without an error", async () => {
    const { job } = await submit();
    for (let i = 0; i < 2; i++) {
      const response = await api.request("POST", `/v1/jobs/${job.id}/cancel`);
      expect([response.status, ((await response.json()) as JobResource).status]).toEqual([200, "canceled"]);
    }
  });

  it("is cancelled at its next step while it runs: 202", async () => {
    const { job } = await submit();
    await api.jobs.claim(job.id, "w");
    const response = await api.request("POST", `/v1/jobs/${job.id}/cancel`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: "running", cancel_requested_at: expect.any(String) });
  });

  it("carries its pictures as base64 when it asked for them", async () => {
    const { job } = await submit({ response: "b64", output: { format: "webp" } });
    await api.worker.workOnce();
    const done = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
    const file = await api.app.request(done.images[0]?.url ?? "");
    expect(done.images[0]?.b64).toBe(Buffer.from(await file.arrayBuffer()).toString("base64"));
    expect(file.headers.get("content-type")).toBe("image/webp");
  });

  it("has not failed while it is tried again", async () => {
    const { job } = await submit();
    const claim = await api.jobs.claim(job.id, "w");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await api.jobs.fail(claim.job, { code: "engine_failed", message: "once", retryable: true });
    const again = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
    expect(again).toMatchObject({ status: "queued", error: null, attempts: 1 });
  });

  it("tells why it failed", async () => {
    const failing = await openApi({ beforeDrawing: () => Promise.reject(new Error("out of memory")) });
    try {
      const { id } = (await (await failing.request("POST", "/v1/jobs", { prompt: "x" })).json()) as JobResource;
      await failing.worker.workOnce();
      const job = (await (await failing.request("GET", `/v1/jobs/${id}`)).json()) as JobResource;
      expect(job).toMatchObject({ status: "failed", error: { code: "engine_failed", message: "out of memory" } });
    } finally {
      await failing.close();
    }
  });
});

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
    expect(await problem(await api.request("GET", "/v2/x"))).toMatchObject({ status: 404, code: "route_not_found" });
    const response = await api.request("POST", "/v1/images/variations", {});
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "route_not_found", type: "invalid_request_error" } });
  });

  it("keeps the reason of a bug to the log", async () => {
    const broken = await openApi({ jobs: { ...api.jobs, get: () => Promise.reject(new Error("secret table name")) } });
    try {
      const response = await broken.request("GET", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV");
      const body = await problem(response);
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
    const broken = await openApi({ queue: { ...api.queue, depth: () => new Promise(() => {}) } });
    try {
      const unready = await broken.app.request("/readyz");
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
    expect(await response.json()).toEqual({ key: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) });
  });

  it("leads a browser to the documentation", async () => {
    const response = await api.app.request("/");
    expect([response.status, response.headers.get("location")]).toEqual([302, "docs"]);
  });

  it("lists the pages that callers read in llms.txt, every one about clients among them, and serves them", async () => {
    const text = await (await api.app.request("/llms.txt")).text();
    const names = [...text.matchAll(/http:\/\/localhost(\/docs\/[\w./]+\.md)/g)].map(([, path = ""]) => path);
    const folder = await readdir(join(import.meta.dirname, "../../docs/clients"));
    const others = ["pictures.md", "pictures.zh.md", "sdk.md", "sdk.zh.md"];
    expect(names.sort()).toEqual(
      [...others, ...folder.map((name) => `clients/${name}`)].map((name) => `/docs/${name}`).sort(),
    );
    for (const name of names) {
      const page = await api.app.request(name);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"]);
      expect(await page.text()).toMatch(/^# /);
    }
  });

  it("renders those pages for a browser, with links that lead somewhere", async () => {
    for (const name of servedPageNames) {
      const response = await api.app.request(`/docs/${name}`, { headers: { Accept: "text/html,*/*;q=0.8" } });
      expect([response.status, response.headers.get("vary")], name).toEqual([200, "Accept"]);
      const html = await response.text();
      expect(html, name).toMatch(/<h1 id="[^"]+">/);
      expect(html, name).not.toMatch(/<script|<style|style="/);
      for (const [, href = ""] of html.matchAll(/(?:src|href)="(?!https?:)([^"]+)"/g)) {
        const { pathname, hash } = new URL(href, `http://docs/docs/${name}`);
        const target = await api.app.request(pathname, { headers: { Accept: "text/html" } });
        expect(target.status, `${href} of ${name}`).toBe(200);
        if (hash !== "")
          expect(await target.text(), `${href} of ${name}`).toContain(`id="${decodeURIComponent(hash).slice(1)}"`);
      }
    }
  });

  it("serves the documentation from here alone", async () => {
    const page = await api.app.request("/docs");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/https?:|<style|<script>/);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await api.app.request(`/${path}`)).status, path).toBe(200);
    }
    expect((await api.app.request("/docs/package.json")).status).toBe(404);
    for (const path of ["/docs/clients/..%2fbilling.md", "/docs/billing.md", "/docs/..%2fREADME.md"]) {
      expect((await api.app.request(path)).status, path).toBe(404);
    }
    expect((await api.app.request("/docs/..%2fpackage.json")).status).toBe(404);
  });
});
