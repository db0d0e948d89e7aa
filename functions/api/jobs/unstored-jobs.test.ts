import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobImage } from "../../../shared/job.ts";
import { unstoredKeptS } from "../../../shared/limits.ts";
import { proofPartition, proofShards } from "../../../shared/records/job-proof.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import { collect } from "../../../test/support/collect.ts";
import { sweepUnstored } from "../../tick/sweep-unstored.ts";
import { webhookBody } from "../../webhook/deliver.ts";
import { presentJob } from "./present-job.ts";

const prompt = "violet heron under a copper bridge";
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = `data:image/png;base64,${png}`;
const secret = { prompt, store: false, steps: 1, metadata: { customer: "Nightingale" } };
const now = { prefer: "wait=30" };

let api: ApiUnderTest;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unstored-"));
  api = await openApi({ itemsFile: join(folder, "items.sqlite") });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const objectKeys = async () => (await collect(api.objects.walk(""))).map(({ key }) => key);

/** Keys of the stored items that hold a word. The ledger keeps the labels that its reports are grouped by. */
function itemsWith(word: string): string[] {
  const database = new DatabaseSync(join(folder, "items.sqlite"), { readOnly: true });
  const rows = database.prepare("SELECT * FROM items").all();
  database.close();
  const found = rows.filter((row) => JSON.stringify(row).includes(word)).map(({ pk, sk }) => `${pk} ${sk}`);
  return found.filter((key) => !key.includes(" LED#"));
}

async function expectNothingLeft(jobId: string): Promise<void> {
  expect(await objectKeys()).toEqual([]);
  expect([...itemsWith("heron"), ...itemsWith("Nightingale")]).toEqual([]);
  const gone = await readProblem(await api.request("GET", `/v1/jobs/${jobId}`));
  expect([gone.status, gone.code]).toEqual([410, "not_stored"]);
  const listed = (await (await api.request("GET", "/v1/jobs")).json()) as { data: unknown[] };
  expect(listed.data).toEqual([]);
}

const fetchOf = (image: { readonly url: string } | undefined) => api.app.request(new URL(image!.url).href);

describe("store: false", () => {
  it("gives base64 with the response that was waited for, and keeps nothing then", async () => {
    api.worker.start();
    const { response, job } = await submitJob(api, { ...secret, n: 2, response: "b64" }, now);
    expect([response.status, job.status]).toEqual([200, "succeeded"]);
    expect(job.images.map(({ b64 }) => Buffer.from(b64!, "base64").subarray(1, 4).toString())).toEqual(["PNG", "PNG"]);
    await expectNothingLeft(job.id);
  });

  it("gives links that work once, an image each, and keeps nothing after the last", async () => {
    api.worker.start();
    const { job } = await submitJob(api, { ...secret, n: 2 }, now);
    const [first, second] = job.images;
    expect((await api.app.request(first!.url, { method: "HEAD" })).status).toBe(200);
    expect((await api.app.request(first!.url, { headers: { range: "bytes=0-9" } })).status).toBe(206);
    const file = await fetchOf(first);
    expect(file.headers.get("cache-control")).toBe("no-store");
    expect(Buffer.from(await file.arrayBuffer()).length).toBe(first!.bytes);
    expect((await fetchOf(first)).status).toBe(404);
    const left = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as { images: JobImage[] };
    expect(left.images.map(({ index }) => index)).toEqual([1]);
    await (await fetchOf(second)).arrayBuffer();
    await expectNothingLeft(job.id);
  });

  it("keeps an image whose download broke off", async () => {
    api.worker.start();
    const { job } = await submitJob(api, { ...secret, size: "512x512" }, now);
    const reader = (await fetchOf(job.images[0])).body!.getReader();
    await reader.read();
    await reader.cancel();
    expect((await fetchOf(job.images[0])).status).toBe(200);
  });

  it("gives a job that is polled its images once, in base64 with the job itself", async () => {
    const { job } = await submitJob(api, { ...secret, response: "b64" });
    const waiting = await api.request("GET", `/v1/jobs/${job.id}`);
    expect(await waiting.json()).toMatchObject({ status: "queued", params: { prompt } });
    await api.worker.workOnce();
    const done = (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as typeof job;
    expect(done.images[0]!.b64).toBeTruthy();
    await expectNothingLeft(job.id);
  });

  it("deletes an hour after the end what nobody fetched, with its inputs, previews and history", async () => {
    const { job } = await submitJob(api, { ...secret, image: picture, mask: picture, mask_mode: "white", steps: 2 });
    expect((await objectKeys()).every((key) => key.startsWith(`in/${api.account.id}/${job.id}/`))).toBe(true);
    await api.worker.workOnce();
    expect((await objectKeys()).some((key) => key.startsWith("p/"))).toBe(true);
    api.clock.advance(1_000 * unstoredKeptS - 5_000);
    expect(await sweepUnstored(api)).toBe(0);
    expect((await api.request("GET", `/v1/jobs/${job.id}`)).status).toBe(200);
    api.clock.advance(6_000);
    expect(await sweepUnstored(api)).toBe(1);
    await expectNothingLeft(job.id);
    expect(await sweepUnstored(api)).toBe(0);
  });

  it.each(["failed", "canceled"] as const)("keeps nothing of a job that %s", async (status) => {
    const { job } = await submitJob(api, { ...secret, image: picture });
    if (status === "canceled") await api.request("POST", `/v1/jobs/${job.id}/cancel`);
    else {
      const claim = await api.jobs.claim(job.id, "w");
      const held = claim.outcome === "claimed" ? claim.job : undefined;
      await api.jobs.fail(held!, { code: "engine_failed", message: `no ${prompt}`, retryable: false });
    }
    expect(await (await api.request("GET", `/v1/jobs/${job.id}`)).json()).toMatchObject({ status });
    api.clock.advance(1_000 * unstoredKeptS + 1_000);
    await sweepUnstored(api);
    await expectNothingLeft(job.id);
  });

  it("keeps no input of a request that is refused", async () => {
    const request = { ...secret, image: picture, mask: "data:text/plain;base64,aGVsbG8=" };
    const { response } = await submitJob(api, request);
    expect(response.status).toBe(400);
    expect(await objectKeys()).toEqual([]);
  });

  it("answers a repetition of its Idempotency-Key with the job, and with 410 once that is delivered", async () => {
    const key = { "idempotency-key": "one" };
    const { job } = await submitJob(api, { ...secret, response: "b64" }, key);
    expect((await submitJob(api, { ...secret, response: "b64" }, key)).job.id).toBe(job.id);
    const other = await api.request("POST", "/v1/jobs", { prompt: "another" }, key);
    expect((await readProblem(other)).code).toBe("idempotency_key_reused");
    await api.worker.workOnce();
    expect((await submitJob(api, { ...secret, response: "b64" }, key)).job.images).toHaveLength(1);
    const again = await api.request("POST", "/v1/jobs", { ...secret, response: "b64", size: "64x64" }, key);
    expect((await readProblem(again)).code).toBe("not_stored");
    // A new request draws anew.
    expect((await submitJob(api, { ...secret, response: "b64" })).job.id).not.toBe(job.id);
  });

  it("is in no list of images, and in no count of them", async () => {
    api.worker.start();
    const { job } = await submitJob(api, secret, now);
    const list = async (path: string) => (await (await api.request("GET", path)).json()) as { data: unknown[] };
    expect((await list("/v1/images")).data).toEqual([]);
    expect((await list("/v1/images/days")).data).toEqual([]);
    const { id } = job.images[0] as unknown as { id: string };
    expect((await api.request("GET", `/v1/images/${id}`)).status).toBe(404);
    expect((await api.request("POST", `/v1/images/${id}/share`)).status).toBe(404);
    await submitJob(api, { seed: 3 }, now);
    expect((await list("/v1/images")).data).toHaveLength(1);
    expect((await list("/v1/images/days")).data).toMatchObject([{ images: 1 }]);
  });

  it("leaves the ledger's line, and a record without the prompt", async () => {
    api.worker.start();
    const { job } = await submitJob(api, { ...secret, response: "b64" }, now);
    const usage = (await (await api.request("GET", "/v1/usage")).json()) as { data: unknown[] };
    expect(JSON.stringify(usage)).toContain('"images":1');
    const records: string[] = [];
    for (let shard = 0; shard < proofShards; shard++) {
      const partition = proofPartition(job.created_at.slice(0, 10), shard);
      for (const item of (await api.items.query({ index: "main", partition })).items)
        records.push(String(item.data.text));
    }
    expect(records).toHaveLength(1);
    expect(JSON.parse(records[0]!)).toMatchObject({ job: job.id, images: [{ sha256: job.images[0]!.sha256 }] });
    expect(records[0]).not.toContain("heron");
  });

  it("still tells a webhook that is late how the job ended", async () => {
    api.worker.start();
    const { job } = await submitJob(api, { ...secret, response: "b64" }, now);
    const left = await api.jobs.get(job.id);
    const link = { origin: "http://localhost", file: () => ({ url: "", expiresAt: 0 }) };
    const body = webhookBody({ eventType: "job.succeeded", createdAt: 0 }, presentJob(left!, { link }));
    expect(JSON.parse(body).data).toMatchObject({ id: job.id, status: "succeeded", images: [], metadata: {} });
    expect(body).not.toContain("heron");
  });

  it("does not touch an input that another job of the account shares", async () => {
    await submitJob(api, { image: picture });
    const kept = await objectKeys();
    api.worker.start();
    await submitJob(api, { ...secret, image: picture, response: "b64" }, now);
    expect(await objectKeys()).toEqual(expect.arrayContaining(kept));
  });
});

describe("in other APIs", () => {
  beforeEach(() => api.worker.start());
  const post = async (path: string, body: object, headers: { [name: string]: string } = {}) => {
    const response = await api.request("POST", path, body, headers);
    expect(response.status).toBe(200);
    return JSON.parse((await response.text()).replace(/^data: /, ""));
  };

  it("OpenAI's takes store: false", async () => {
    const { data } = await post("/v1/images/generations", { prompt, size: "64x64", store: false, n: 2 });
    expect(data).toMatchObject([{ b64_json: expect.any(String) }, { b64_json: expect.any(String) }]);
    expect(await objectKeys()).toEqual([]);
    expect(itemsWith("heron")).toEqual([]);
  });

  it("OpenAI's streams it", async () => {
    const body = { prompt, size: "64x64", store: false, stream: true, partial_images: 1, n: 2 };
    const text = await (await api.request("POST", "/v1/images/generations", body)).text();
    expect(text.match(/image_generation.completed"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(await objectKeys()).toEqual([]);
  });

  it("fal's sync_mode keeps no result", async () => {
    const input = { prompt, image_size: { width: 64, height: 64 }, sync_mode: true };
    const { images } = await post("/fal/run/fal-ai/z-image/turbo", input);
    expect(images[0].url).toMatch(/^data:image/);
    expect(await objectKeys()).toEqual([]);
  });

  it("fal's X-Fal-Store-IO: 0 gives links that work once", async () => {
    const input = { prompt, image_size: { width: 64, height: 64 } };
    const { images } = await post("/fal/run/fal-ai/z-image/turbo", input, { "x-fal-store-io": "0" });
    expect((await (await fetchOf(images[0])).arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(await objectKeys()).toEqual([]);
  });

  it("the web UI's do_not_save_samples keeps nothing", async () => {
    const { images } = await post("/sdapi/v1/txt2img", { prompt, width: 64, height: 64, do_not_save_samples: true });
    expect(images).toHaveLength(1);
    expect(await objectKeys()).toEqual([]);
  });

  it("MCP shows the image, and keeps nothing", async () => {
    const call = { name: "generate", arguments: { prompt, size: "64x64", store: false } };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: call };
    const { result } = await post("/mcp", message, { accept: "application/json" });
    expect(result.content[1]).toMatchObject({ type: "image" });
    expect(result).not.toHaveProperty("shown");
    expect(await objectKeys()).toEqual([]);
  });
});
