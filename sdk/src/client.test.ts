import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../../test/support/api/api-server.ts";
import { collect } from "../../test/support/collect.ts";
import { ZImageClient } from "./client.ts";
import { ApiError, ConnectionError, DownloadError, JobError, TimeoutError } from "./errors.ts";
import type { ClientOptions } from "./http/transport.ts";
import type { JobEvent } from "./job-events.ts";

let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

function client(options: Partial<ClientOptions> = {}) {
  return new ZImageClient({ apiKey: api.key, baseUrl: api.url, ...options });
}

/** Passes requests on, and loses the first responses as a network does: after the server has worked. */
function losesAnswers(count: number, { seen = [] }: { seen?: Request[] } = {}): typeof fetch {
  let left = count;
  return async (input, init) => {
    seen.push(new Request(input as string, init));
    const response = await fetch(input, init);
    if (left-- <= 0) return response;
    await response.arrayBuffer();
    throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
  };
}

const request = { prompt: "a red cup", width: 128, height: 64, steps: 2, seed: 5 };

describe("jobs", () => {
  it("are created, waited for and downloaded", async () => {
    const job = await client().jobs.create({ ...request, n: 2 });
    const done = await job.wait();
    expect(done).toMatchObject({ id: job.id, status: "succeeded", params: { seed: 5, steps: 2 } });
    const pictures = await job.download();
    expect(pictures.map(({ image }) => [image.index, image.seed])).toEqual([
      [0, 5],
      [1, 6],
    ]);
    for (const { bytes } of pictures) {
      const { width, height } = await sharp(bytes).metadata();
      expect([width, height]).toEqual([128, 64]);
    }
  });

  it("are waited for in one expression", async () => {
    expect((await client().jobs.create(request).wait()).images).toHaveLength(1);
  });

  it("tell what happens, in order", async () => {
    const job = await client().jobs.create(request);
    const events: JobEvent[] = [];
    for await (const event of job.events({ preview: "inline" })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(["queued", "started", "step", "step", "image", "done"]);
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events[3]).toMatchObject({
      image: 0,
      step: 2,
      total: 2,
      preview: expect.stringMatching(/^data:image\/png/),
    });
    expect(job.latest.status).toBe("succeeded");
    const later: number[] = [];
    for await (const { id } of job.events({ lastEventId: 4 })) later.push(id);
    expect(later).toEqual([5, 6]);
    for await (const event of job.events({ lastEventId: 6 })) expect.unreachable(event.type);
  });

  it("go on telling after their connection was lost, without repeating themselves", async () => {
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    api.beforeDrawing(() => lost);
    const job = await client().jobs.create(request);
    const ids: number[] = [];
    for await (const { id, type } of job.events()) {
      ids.push(id);
      if (type !== "started") continue;
      api.dropConnections();
      lose();
    }
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
    expect(api.requests.filter((line) => line.includes("/events"))).toHaveLength(2);
  });

  it("give up on events that break off again and again", async () => {
    let opened = 0;
    const cut: typeof fetch = async (input, init) => {
      if (!String(input).includes("/events")) return fetch(input, init);
      opened++;
      return new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) }));
    };
    const job = await client({ fetch: cut, maxRetries: 1 }).jobs.create(request);
    await expect(job.wait()).rejects.toThrow(ConnectionError);
    expect(opened).toBe(2);
  });

  it("that fail reject with their error", async () => {
    api.beforeDrawing(async () => {
      throw new Error("the engine has a cold");
    });
    const job = await client().jobs.create(request);
    const error = await job.wait().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobError);
    expect(error).toMatchObject({ code: "engine_failed", job: { id: job.id, status: "failed" } });
  });

  it("are cancelled", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(() => over);
    const [running, waiting] = [await client().jobs.create(request), await client().jobs.create(request)];
    await expect.poll(async () => (await running.refresh()).status).toBe("running");
    expect(await waiting.cancel()).toMatchObject({ status: "canceled" });
    await expect(waiting.wait()).rejects.toMatchObject({ name: "JobError", code: "canceled" });
    end();
  });

  it("can be waited for no longer than one likes, and go on", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(() => over);
    const job = await client().jobs.create(request);
    await expect(job.wait({ timeoutMs: 50 })).rejects.toThrow(TimeoutError);
    const aborted = new AbortController();
    const waiting = job.wait({ signal: aborted.signal, onEvent: () => aborted.abort(new Error("enough")) });
    await expect(waiting).rejects.toThrow("enough");
    end();
    expect((await job.wait()).status).toBe("succeeded");
  });

  it("are listed page by page", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      api.clock.advance(1);
      made.unshift((await client().jobs.create({ ...request, metadata: { shop: i < 4 ? "a" : "b" } })).id);
    }
    const list = client().jobs.list({}, { pageSize: 2 });
    expect((await collect(list)).map(({ id }) => id)).toEqual(made);
    const sizes = (await collect(list.pages())).map(({ data }) => data.length);
    expect(sizes.filter((size) => size > 0)).toEqual([2, 2, 1]);
    const ofA = client().jobs.list({ metadata: { shop: "a" } }, { pageSize: 100 });
    expect((await collect(ofA)).map(({ id }) => id)).toEqual(made.slice(1));
  });
});

describe("a lost answer", () => {
  it("makes no second job", async () => {
    const seen: Request[] = [];
    const job = await client({ fetch: losesAnswers(2, { seen }) }).jobs.create(request);
    expect(await api.allJobs()).toMatchObject([{ id: job.id }]);
    const keys = new Set(seen.map(({ headers }) => headers.get("idempotency-key")));
    expect([seen.length, keys.size]).toEqual([3, 1]);
  });

  it("of two equal submissions leaves two jobs", async () => {
    const lossy = client({ fetch: losesAnswers(1) });
    const jobs = await Promise.all([lossy.jobs.create(request), lossy.jobs.create(request)]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
    expect(await api.allJobs()).toHaveLength(2);
  });

  it("to what must not be repeated is told, not repeated", async () => {
    const seen: Request[] = [];
    const error = await client({ fetch: losesAnswers(1, { seen }) })
      .keys.create({ name: "shop" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: expect.stringMatching(/POST .*\/v1\/keys: socket hang up/) });
    expect(seen).toHaveLength(1);
  });

  it("is an error once there were enough attempts", async () => {
    const seen: Request[] = [];
    const failing = client({ fetch: losesAnswers(9, { seen }), maxRetries: 1 });
    await expect(failing.balance()).rejects.toThrow(ConnectionError);
    expect(seen).toHaveLength(2);
  });
});

it("waits as Retry-After says, also with what must not be repeated", async () => {
  let answers = 0;
  const busy: typeof fetch = async (input, init) =>
    ++answers === 1 ? new Response("", { status: 429, headers: { "retry-after": "1" } }) : fetch(input, init);
  const key = await client({ fetch: busy }).keys.create({ name: "shop" });
  expect([answers, key.value?.startsWith("zk_")]).toEqual([2, true]);
});

it("names what is wrong with a request", async () => {
  const error = await client()
    .jobs.create({ ...request, width: 1000 })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 400,
    field: "width",
    retryable: false,
    requestId: expect.stringMatching(/^req_/),
  });
  expect((error as ApiError).errors.map(({ param }) => param)).toEqual(["width"]);
  await expect(client({ apiKey: "zk_of_somebody" }).balance()).rejects.toMatchObject({
    status: 401,
    code: "unauthorized",
  });
  await expect(client({ apiKey: "zk_of_somebody" }).models()).rejects.toMatchObject({ status: 401 });
});

it("gives up an attempt that takes too long", async () => {
  const hanging: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
  const slow = client({ fetch: hanging, timeoutMs: 20, maxRetries: 0 });
  await expect(slow.balance()).rejects.toThrow(/got no response within 20 ms/);
  const aborted = new AbortController();
  const pending = client({ fetch: hanging }).balance({ signal: aborted.signal });
  aborted.abort(new Error("enough"));
  await expect(pending).rejects.toThrow("enough");
});

it.each([
  [{ apiKey: "" }, /apiKey/],
  [{ baseUrl: "ftp://x" }, /baseUrl/],
  [{ baseUrl: "127.0.0.1" }, /baseUrl/],
])("refuses %j", (options, reason) => {
  expect(() => client(options)).toThrow(reason);
});

it("does not care how the address is written", async () => {
  for (const baseUrl of [`${api.url}/`, `${api.url}/v1`, `${api.url}/v1/`]) {
    expect(await client({ baseUrl }).balance()).toMatchObject({ object: "balance" });
  }
});

describe("pictures", () => {
  it("are not taken for whole when they are not", async () => {
    const damaged: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).includes("/content/")) return response;
      return new Response((await response.arrayBuffer()).slice(1));
    };
    const job = await client({ fetch: damaged }).jobs.create(request);
    await job.wait();
    await expect(job.download()).rejects.toThrow(DownloadError);
  });

  it("are had from a fresh link when theirs has expired, and without telling the key", async () => {
    const seen: Request[] = [];
    const watching = client({ fetch: losesAnswers(0, { seen }) });
    const job = await watching.jobs.create(request);
    await job.wait();
    api.clock.advance(25 * 3_600_000);
    const [picture] = await job.download();
    expect(picture?.bytes.length).toBe(picture?.image.bytes);
    const links = seen.filter(({ url }) => url.includes("/content/"));
    expect(links.map(({ headers }) => headers.get("authorization"))).toEqual([null, null]);
  });

  it("are sent and used", async () => {
    const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const file = await client().files.upload(new Uint8Array(png), { filename: "cup.png", contentType: "image/png" });
    expect((await client().files.list()).data).toEqual([file]);
    expect(await client().files.get(file.id)).toEqual(file);
    expect(file).toMatchObject({ filename: "cup.png", bytes: png.length });
    const { params } = await client().jobs.create({ prompt: "a blue cup", image: file.id, size: "64x64" }).wait();
    expect(params).toMatchObject({ strength: 0.6, image_url: expect.any(String) });
    await client().files.delete(file.id);
    await expect(client().files.get(file.id)).rejects.toMatchObject({ status: 404, code: "file_not_found" });
  });

  it("are sent in parts where they are large", async () => {
    const bytes = new Uint8Array(11_000_000).map((_, i) => i % 251);
    const file = await client().files.upload(bytes, { filename: "rows.jsonl", contentType: "application/jsonl" });
    expect(file).toMatchObject({ filename: "rows.jsonl", bytes: bytes.length });
    const stored = await api.objects.get(`in/${api.account.id}/${file.id}`);
    expect(Buffer.compare(stored!.body, bytes)).toBe(0);
  });
});

it("knows about money", async () => {
  const quote = await client().quote({ jobs: [request, request] });
  await client().jobs.create(request).wait();
  const usage = await client().usage({ group_by: "model" });
  expect(usage.data).toMatchObject([{ group: "z-image-turbo", jobs: 1, charged: quote.amount / 2 }]);
  expect(await client().usageCsv()).toMatch(/^day,jobs/);
  expect(await client().balance()).toMatchObject({ spent_this_month: quote.amount / 2 });
  expect((await client().models()).map(({ id }) => id)).toEqual(["z-image-turbo", "z-image"]);
});

it("manages keys", async () => {
  const { id, value } = await client().keys.create({ name: "shop", scopes: ["jobs:read"] });
  await expect(client({ apiKey: value ?? "" }).jobs.create(request)).rejects.toMatchObject({ status: 403 });
  expect(await client().keys.update(id, { name: "shop 2" })).toMatchObject({ name: "shop 2" });
  expect((await client().keys.rotate(id)).value).not.toBe(value);
  expect(await client().keys.revoke(id)).toMatchObject({ revoked_at: expect.any(String) });
  expect((await client().keys.list()).map((key) => key.id)).toContain(id);
});

it("manages webhook endpoints", async () => {
  const { webhookEndpoints } = client();
  const { id, secret } = await webhookEndpoints.create({ url: "https://example.com/hook" });
  expect(secret).toMatch(/^whsec_/);
  await webhookEndpoints.test(id);
  const [test] = await collect(webhookEndpoints.deliveries(id));
  expect(test).toMatchObject({ type: "webhook.test", status: "pending", endpoint_id: id });
  expect(await webhookEndpoints.redeliver(test?.id ?? "")).toMatchObject({ id: test?.id });
  expect(await webhookEndpoints.replay(id, { since: "2020-01-01T00:00:00Z" })).toMatchObject({ count: 0 });
  expect((await webhookEndpoints.rotateSecret(id)).secret).not.toBe(secret);
  expect(await webhookEndpoints.update(id, { enabled: false })).toMatchObject({ enabled: false });
  await webhookEndpoints.delete(id);
  expect(await webhookEndpoints.list()).toEqual([]);
  expect(await webhookEndpoints.defaultSecret()).toMatch(/^whsec_/);
});
