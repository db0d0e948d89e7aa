import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import type { Job } from "../../../../shared/job.ts";
import {
  batchLine,
  batchOrder,
  createBatchOf,
  feedOnce,
  linesOf,
  untilOver,
} from "../../../../test/support/api/openai-batches.ts";
import { api, client, connect, serveOpenai } from "../../../../test/support/api/openai-server.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

serveOpenai();

const feed = (given?: Parameters<typeof feedOnce>[1]) => feedOnce(api, given);
const createBatch = (lines: string[]) => createBatchOf(api, client, lines);
const untilEnd = (id: string) => untilOver(api, client, id);

describe("batches", () => {
  it("edit images that their lines name, and keep their output as long as they are asked to", async () => {
    const image_url = `data:image/png;base64,${png}`;
    const line = (id: string, body: object) =>
      JSON.stringify({ custom_id: id, method: "POST", url: "/v1/images/edits", body: { prompt: "x", ...body } });
    const lines = [line("a", { images: [{ image_url }], size: "64x64" }), line("b", {})];
    const { input_file_id } = await batchOrder(client, lines);
    const created = await client.batches.create({
      input_file_id,
      endpoint: "/v1/images/edits",
      completion_window: "24h",
      output_expires_after: { anchor: "created_at", seconds: 3_600 },
    });
    await feed();
    const batch = await untilEnd(created.id);
    expect(batch).toMatchObject({ endpoint: "/v1/images/edits", request_counts: { completed: 1, failed: 1 } });
    expect((await api.allJobs()).map(({ params }) => params.imageKey)).toEqual([expect.stringMatching(/image-/)]);
    expect(await linesOf(client, batch.error_file_id)).toMatchObject([
      { custom_id: "b", response: { status_code: 400, body: { error: { param: "image" } } } },
    ]);
    const output = await client.files.retrieve(batch.output_file_id!);
    expect(output.expires_at).toBe(output.created_at + 3_600);
  });

  it("are not listed after one that there is not", async () => {
    const refused = client.batches.list({ after: "batch_unknown" });
    await expect(refused).rejects.toMatchObject({ status: 400, param: "after" });
  });

  it("go on, with the lines that were refused for lack of room, when there is some", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { limits: { maxOpenJobs: 2 } });
    connect({ apiKey });
    const created = await createBatch([
      batchLine("a", {}),
      batchLine("b", {}),
      batchLine("c", { size: "65x64" }),
      batchLine("d", {}),
    ]);
    connect({});
    await feed();
    expect(await api.allJobs()).toHaveLength(2);
    const batch = await untilEnd(created.id);
    expect(batch.request_counts).toEqual({ total: 4, completed: 3, failed: 1 });
    expect((await api.allJobs()).map(({ lane }) => lane)).toEqual(["batch", "batch", "batch"]);
  });

  it("are made once in the deduplication window of the key, unless the one before was cancelled", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { deduplicationWindowS: 60 });
    const { id: input_file_id } = await client.files.create({
      file: await toFile(Buffer.from(batchLine("a", {})), "in.jsonl"),
      purpose: "batch",
    });
    const order = { input_file_id, endpoint: "/v1/images/generations", completion_window: "24h" } as const;
    const windowed = new OpenAI({ baseURL: `${api.url}/v1`, apiKey });
    const first = await windowed.batches.create(order);
    expect((await windowed.batches.create(order)).id).toBe(first.id);
    await client.batches.cancel(first.id);
    expect((await windowed.batches.create(order)).id).not.toBe(first.id);
    expect((await client.batches.create(order)).id, "of a key without one").not.toBe(first.id);
  });

  it("end with every line, in the order of the file, where there are more than are read at once", async () => {
    const rows = Array.from({ length: 101 }, (_, i) => batchLine(`sku-${i}`, { size: "65x64" }));
    const batch = await untilEnd((await createBatch(rows)).id);
    expect(batch.request_counts).toEqual({ total: 101, completed: 0, failed: 101 });
    const errors = await linesOf(client, batch.error_file_id);
    expect(errors.map(({ custom_id }) => custom_id)).toEqual(rows.map((_, i) => `sku-${i}`));
  });

  it("draw every good line, tell of bad ones, and keep the order of the file", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => batchLine(`sku-${i}`, { seed: i }));
    rows[3] = batchLine("sku-3", { size: "65x64" });
    const created = await createBatch(rows);
    expect(created).toMatchObject({ object: "batch", status: "in_progress", request_counts: { total: 12 } });
    await feed();
    // The rest waits in the file.
    expect((await api.allJobs()).length).toBeLessThanOrEqual(8);
    const batch = await untilEnd(created.id);
    expect(batch).toMatchObject({ status: "completed", request_counts: { total: 12, completed: 11, failed: 1 } });
    expect((await api.allJobs()).every(({ lane, price }) => lane === "batch" && price?.lane === "batch")).toBe(true);
    const output = await linesOf(client, batch.output_file_id);
    expect(output.map(({ custom_id }) => custom_id)).toEqual(
      rows.map((_, i) => `sku-${i}`).filter((id) => id !== "sku-3"),
    );
    expect(output[0].response.status_code).toBe(200);
    expect((await fetch(output[0].response.body.data[0].url)).headers.get("content-type")).toBe("image/png");
    const errors = await linesOf(client, batch.error_file_id);
    expect(errors).toMatchObject([
      { custom_id: "sku-3", response: { status_code: 400, body: { error: { param: "size" } } } },
    ]);
    expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([batch.id]);
  });

  it("keep the labels of their lines, and name line and batch in each job", async () => {
    const { id } = await createBatch([batchLine("sku-1", { metadata: { shop: "teapots" } })]);
    await untilEnd(id);
    expect((await api.allJobs()).map(({ metadata }) => metadata)).toEqual([
      { custom_id: "sku-1", batch_id: id, shop: "teapots" },
    ]);
  });

  it("have links in their output that work whenever it is read", async () => {
    const { id } = await createBatch([batchLine("a", {})]);
    const { output_file_id } = await untilEnd(id);
    const linkIn = async () => (await linesOf(client, output_file_id))[0].response.body.data[0].url;
    const old = await linkIn();
    api.clock.advance(2 * 86_400_000);
    expect((await fetch(old)).status).toBe(410);
    expect((await fetch(await linkIn())).headers.get("content-type")).toBe("image/png");
  });

  it("sign no links that a caller has made up", async () => {
    const forged = {
      response: { body: { data: [{ url: `${api.url}/v1/files/o/job_1/0-a.png/content/a.png?exp=1&sig=x` }] } },
    };
    const file = await toFile(Buffer.from(JSON.stringify(forged)), "output.jsonl");
    const { id } = await client.files.create({ file, purpose: "batch_output" as "batch" });
    expect(await linesOf(client, id)).toEqual([forged]);
  });

  it("write their output in parts, which read as one file", async () => {
    const rows = Array.from({ length: 101 }, (_, i) => batchLine(`sku-${i}`, { size: "65x64" }));
    const { id } = await createBatch(rows);
    while ((await client.batches.retrieve(id)).status !== "finalizing") await feed({ window: 100 });
    await feed({ partBytes: 3_000 });
    const { error_file_id } = await client.batches.retrieve(id);
    const parts = await api.objects.list(`in/${api.account.id}/${error_file_id}/part-`);
    expect(parts.objects.length).toBeGreaterThan(5);
    expect((await linesOf(client, error_file_id)).map(({ custom_id }) => custom_id)).toEqual(
      rows.map((_, i) => `sku-${i}`),
    );
    expect((await client.files.retrieve(error_file_id!)).bytes).toBe(
      Buffer.byteLength(await (await client.files.content(error_file_id!)).text()),
    );
  });

  it("of the version before go on where they were", async () => {
    const order = await batchOrder(
      client,
      ["a", "b", "c"].map((name) => batchLine(name, {})),
    );
    const drawn = await api.request("POST", "/v1/jobs", { prompt: "x", size: "64x64" });
    const { id: jobId } = (await drawn.json()) as { id: string };
    const key = await api.apiKeys.listKeys(api.account.id);
    const id = `batch_${api.dependencies.newId()}`;
    const now = api.clock.now();
    const former = {
      id,
      endpoint: order.endpoint,
      inputFileId: order.input_file_id,
      metadata: {},
      origin: api.url,
      identity: { accountId: api.account.id, keyId: key[0]!.id, scopes: ["*"], terms: { unlimited: true } },
      status: "in_progress",
      errors: [],
      total: 3,
      completed: 1,
      failed: 0,
      next: 2,
      inFlight: [{ line: 1, customId: "b", jobId: `job_${api.dependencies.newId()}` }],
      createdAt: now,
      expiresAt: now + 86_400_000,
    };
    const { pk, gpk } = { pk: `BATCH#${id}`, gpk: `ACC#${api.account.id}#BATCHES` };
    await api.items.write([
      { put: { pk, sk: "META", gpk, gsk: `x#${id}`, duePk: "DUE#batches", dueAt: now, data: former } },
      { put: { pk, sk: "ROW#00000000", data: { line: 0, customId: "a", jobId } } },
    ]);
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({ status: "completed", request_counts: { total: 3, completed: 3, failed: 0 } });
    const output = await linesOf(client, batch.output_file_id);
    expect(output.map(({ custom_id }) => custom_id)).toEqual(["a", "b", "c"]);
    expect(output[0].response.request_id).toBe(jobId);
  });

  it("have as many jobs under way as they may", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch(Array.from({ length: 12 }, (_, i) => batchLine(`row-${i}`, {})));
    expect([await feed({ window: 10 }), await feed({ window: 10 })]).toEqual([10, 0]);
    release();
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 12 } });
  });

  it("wait for room where their key may have few jobs open, and lose no line", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { limits: { maxOpenJobs: 2 } });
    connect({ apiKey });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch(Array.from({ length: 5 }, (_, i) => batchLine(`row-${i}`, {})));
    expect([await feed(), await feed()]).toEqual([2, 0]);
    release();
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 5, failed: 0 } });
  });

  it("are fed in passes, each of which tells how many lines it moved", async () => {
    const { id } = await createBatch(Array.from({ length: 50 }, (_, i) => batchLine(`row-${i}`, { size: "65x64" })));
    const window = 40;
    expect([await feed({ window }), await feed({ window })]).toEqual([40, 10]);
    expect((await client.batches.retrieve(id)).status).toBe("finalizing");
    await feed();
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "completed", request_counts: { failed: 50 } });
  });

  it("submit each line once, though two feeders work at the same time", async () => {
    const { id } = await createBatch([batchLine("a", {}), batchLine("b", {}), batchLine("c", {})]);
    await Promise.all([feed(), feed(), feed()]);
    await untilEnd(id);
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("give links in place of base64 where the output would be too large", async () => {
    const { id } = await createBatch(["a", "b", "c"].map((name) => batchLine(name, { response_format: "b64_json" })));
    await feed();
    await expect.poll(async () => (await api.allJobs()).filter(({ status }) => status === "succeeded").length).toBe(3);
    const [{ images }] = (await api.allJobs()) as [Job];
    await feed();
    await feed({ maxBase64Bytes: 2.5 * images[0]!.bytes });
    const output = await linesOf(client, (await client.batches.retrieve(id)).output_file_id);
    const [a, b, c] = output.map(({ response }) => response.body.data[0]);
    expect([a, b].map(({ b64_json }) => Buffer.from(b64_json, "base64").length)).toEqual([
      images[0]!.bytes,
      images[0]!.bytes,
    ]);
    expect(c).toEqual({ url: expect.any(String) });
    expect((await fetch(c.url)).headers.get("content-type")).toBe("image/png");
  });
});
