import OpenAI, { toFile } from "openai";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../../../shared/errors.ts";
import type { Job } from "../../../../shared/job.ts";
import { Accounts } from "../../../../shared/money/accounts.ts";
import { defaultPrices } from "../../../../shared/money/price-list.ts";
import { type ApiServer, openApiServer } from "../../../../test/support/api-server.ts";
import { type FeedDependencies, feedBatches } from "../../../runs/feed-batches.ts";
import { QueueView } from "../../jobs/queue-view.ts";

/** Files, batches and edits as the unchanged client uses them. */

let api: ApiServer;
let client: OpenAI;
beforeEach(async () => {
  api = await openApiServer();
  client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key });
});
afterEach(() => api.close());

function feed(given: Pick<FeedDependencies, "window" | "fetchImage" | "maxBase64Bytes"> = {}) {
  return feedBatches({
    ...api.dependencies,
    queueView: new QueueView(api.dependencies),
    prices: defaultPrices,
    newSeed: () => 1,
    ...given,
  });
}

function line(id: string, body: object) {
  return JSON.stringify({
    custom_id: id,
    method: "POST",
    url: "/v1/images/generations",
    body: { prompt: "x", size: "64x64", ...body },
  });
}

async function batchOrder(lines: string[]) {
  const input = await client.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"),
    purpose: "batch",
  });
  return { input_file_id: input.id, endpoint: "/v1/images/generations", completion_window: "24h" } as const;
}

async function createBatch(lines: string[]) {
  return client.batches.create(await batchOrder(lines));
}

async function untilOver(id: string) {
  for (;;) {
    await feed();
    const batch = await client.batches.retrieve(id);
    if (batch.status !== "in_progress" && batch.status !== "finalizing" && batch.status !== "cancelling") return batch;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function linesOf(id: string | null | undefined) {
  const text = await (await client.files.content(id ?? "")).text();
  return text
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
}

function redPicture(background = "red") {
  return sharp({ create: { width: 64, height: 64, channels: 4, background } })
    .png()
    .toBuffer();
}

describe("files", () => {
  it("are stored, found, listed, read and deleted", async () => {
    const file = await client.files.create({ file: await toFile(Buffer.from("{}"), "in.jsonl"), purpose: "batch" });
    expect(file).toMatchObject({
      object: "file",
      bytes: 2,
      filename: "in.jsonl",
      purpose: "batch",
      status: "processed",
    });
    expect(await client.files.retrieve(file.id)).toEqual(file);
    const listed = [];
    for await (const { id } of client.files.list()) listed.push(id);
    expect(listed).toEqual([file.id]);
    expect(await (await client.files.content(file.id)).text()).toBe("{}");
    expect(await client.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true });
    await expect(client.files.retrieve(file.id)).rejects.toThrow(OpenAI.NotFoundError);
  });

  it("are the account's own", async () => {
    const file = await client.files.create({ file: await toFile(Buffer.from("{}"), "in.jsonl"), purpose: "batch" });
    const other = await api.apiKeys.createAccount("other");
    const { value: apiKey } = await api.apiKeys.createKey(other.id);
    await expect(new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).files.content(file.id)).rejects.toThrow(
      OpenAI.NotFoundError,
    );
  });
});

describe("batches", () => {
  it("go on, with the lines that were refused for lack of room, when there is some", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { limits: { maxOpenJobs: 2 } });
    const account = client;
    client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey });
    const created = await createBatch([line("a", {}), line("b", {}), line("c", { size: "65x64" }), line("d", {})]);
    client = account;
    await feed();
    expect(await api.allJobs()).toHaveLength(2);
    const batch = await untilOver(created.id);
    expect(batch.request_counts).toEqual({ total: 4, completed: 3, failed: 1 });
    expect((await api.allJobs()).map(({ lane }) => lane)).toEqual(["batch", "batch", "batch"]);
  });

  it("are made once in the deduplication window of the key, unless the one before was cancelled", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { deduplicationWindowS: 60 });
    const { id: input_file_id } = await client.files.create({
      file: await toFile(Buffer.from(line("a", {})), "in.jsonl"),
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
    const rows = Array.from({ length: 101 }, (_, i) => line(`sku-${i}`, { size: "65x64" }));
    const batch = await untilOver((await createBatch(rows)).id);
    expect(batch.request_counts).toEqual({ total: 101, completed: 0, failed: 101 });
    const errors = await linesOf(batch.error_file_id);
    expect(errors.map(({ custom_id }) => custom_id)).toEqual(rows.map((_, i) => `sku-${i}`));
  });

  it("draw every good line, tell of bad ones, and keep the order of the file", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => line(`sku-${i}`, { seed: i }));
    rows[3] = line("sku-3", { size: "65x64" });
    const created = await createBatch(rows);
    expect(created).toMatchObject({ object: "batch", status: "in_progress", request_counts: { total: 12 } });
    await feed();
    // The rest waits in the file.
    expect((await api.allJobs()).length).toBeLessThanOrEqual(8);
    const batch = await untilOver(created.id);
    expect(batch).toMatchObject({ status: "completed", request_counts: { total: 12, completed: 11, failed: 1 } });
    expect((await api.allJobs()).every(({ lane, price }) => lane === "batch" && price?.lane === "batch")).toBe(true);
    const output = await linesOf(batch.output_file_id);
    expect(output.map(({ custom_id }) => custom_id)).toEqual(
      rows.map((_, i) => `sku-${i}`).filter((id) => id !== "sku-3"),
    );
    expect(output[0].response.status_code).toBe(200);
    expect((await fetch(output[0].response.body.data[0].url)).headers.get("content-type")).toBe("image/png");
    const errors = await linesOf(batch.error_file_id);
    expect(errors).toMatchObject([
      { custom_id: "sku-3", response: { status_code: 400, body: { error: { param: "size" } } } },
    ]);
    expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([batch.id]);
  });

  it("have as many jobs under way as they may", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch(Array.from({ length: 12 }, (_, i) => line(`row-${i}`, {})));
    expect([await feed({ window: 10 }), await feed({ window: 10 })]).toEqual([10, 0]);
    release();
    expect(await untilOver(id)).toMatchObject({ status: "completed", request_counts: { completed: 12 } });
  });

  it("wait for room where their key may have few jobs open, and lose no line", async () => {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { limits: { maxOpenJobs: 2 } });
    client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch(Array.from({ length: 5 }, (_, i) => line(`row-${i}`, {})));
    expect([await feed(), await feed()]).toEqual([2, 0]);
    release();
    expect(await untilOver(id)).toMatchObject({ status: "completed", request_counts: { completed: 5, failed: 0 } });
  });

  it("are fed in passes, each of which tells how many lines it moved", async () => {
    const { id } = await createBatch(Array.from({ length: 50 }, (_, i) => line(`row-${i}`, { size: "65x64" })));
    expect([await feed(), await feed(), await feed()]).toEqual([40, 10, 0]);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "completed", request_counts: { failed: 50 } });
  });

  it("submit each line once, though two feeders work at the same time", async () => {
    const { id } = await createBatch([line("a", {}), line("b", {}), line("c", {})]);
    await Promise.all([feed(), feed(), feed()]);
    await untilOver(id);
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("fail as a whole when the file is not what it should be", async () => {
    const batch = await createBatch([line("a", {}), "{", line("a", {})]);
    expect(batch.status).toBe("failed");
    expect(batch.errors?.data?.map((error) => [error.line, error.code])).toEqual([
      [2, "invalid_json_line"],
      [3, "duplicate_custom_id"],
    ]);
    expect(await api.allJobs()).toEqual([]);
  });

  it("are cancelled, and keep what is finished", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let begun = 0;
    api.beforeDrawing(async () => {
      if (begun++ > 0) await released;
    });
    const { id } = await createBatch(Array.from({ length: 20 }, (_, i) => line(`row-${i}`, {})));
    await feed();
    await expect.poll(() => begun).toBe(2);
    expect((await client.batches.cancel(id)).status).toBe("cancelling");
    release();
    const batch = await untilOver(id);
    expect(batch.status).toBe("cancelled");
    expect(await linesOf(batch.output_file_id)).toMatchObject([{ custom_id: "row-0" }, { custom_id: "row-1" }]);
    expect((await api.allJobs()).length).toBeLessThan(20);
  });

  it("tell of every job that succeeded, though they are cancelled while they are fed", async () => {
    const body = await redPicture();
    const { id } = await createBatch([
      line("a", {}),
      line("b", { image: "https://pictures.test/b" }),
      line("c", { size: "65x64" }),
      line("d", {}),
    ]);
    await feed({
      async fetchImage() {
        await client.batches.cancel(id);
        return { status: 200, headers: {}, body, truncated: false };
      },
    });
    const batch = await untilOver(id);
    const succeeded = (await api.allJobs()).filter(({ status }) => status === "succeeded");
    expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: succeeded.length } });
    expect((batch.request_counts?.completed ?? 0) + (batch.request_counts?.failed ?? 0)).toBe(4);
  });

  it("know of every job of a feeder that died, once it can be no more than dead", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch([line("a", {}), line("b", { image: "https://pictures.test/b" }), line("c", {})]);
    const { promise: fetching, resolve: fetched } = Promise.withResolvers<void>();
    const fetchImage = () => {
      fetched();
      return new Promise<never>(() => {});
    };
    void feed({ fetchImage });
    await fetching;
    expect(await feed()).toBe(0);
    await client.batches.cancel(id);
    expect(await feed()).toBe(0);
    api.clock.advance(60_000);
    release();
    await expect.poll(async () => (await api.allJobs()).map(({ status }) => status)).toEqual(["succeeded"]);
    const batch = await untilOver(id);
    expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: 1, failed: 0 } });
    expect(await linesOf(batch.output_file_id)).toMatchObject([{ custom_id: "a" }]);
  });

  it("go on after a feeder that died, and draw each line once", async () => {
    const body = await redPicture();
    const { id } = await createBatch([line("a", {}), line("b", { image: "https://pictures.test/b" }), line("c", {})]);
    const { promise: fetching, resolve: fetched } = Promise.withResolvers<void>();
    const hang = () => {
      fetched();
      return new Promise<never>(() => {});
    };
    void feed({ fetchImage: hang });
    await fetching;
    api.clock.advance(60_000);
    await feed({ fetchImage: async () => ({ status: 200, headers: {}, body, truncated: false }) });
    expect(await untilOver(id)).toMatchObject({ status: "completed", request_counts: { completed: 3, failed: 0 } });
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("end as cancelled once their key is revoked, and draw no more", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder([line("a", {}), line("b", {}), line("c", {})]),
    );
    await feed({ window: 1 });
    await expect.poll(async () => (await api.allJobs())[0]?.status).toBe("succeeded");
    await api.apiKeys.revokeKey(api.account.id, key.id);
    const batch = await untilOver(id);
    expect(batch).toMatchObject({
      status: "cancelled",
      request_counts: { completed: 1, failed: 0 },
      errors: { data: [{ code: "invalid_api_key" }] },
    });
    expect(await linesOf(batch.output_file_id)).toMatchObject([{ custom_id: "a" }]);
    expect(await api.allJobs()).toHaveLength(1);
  });

  it("keep to the limits that their key and account have now", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder([line("a", {}), line("b", {})]),
    );
    await api.apiKeys.changeKey(api.account.id, key.id, { limits: { monthlyCap: 1 } });
    expect((await untilOver(id)).request_counts).toMatchObject({ completed: 0, failed: 2 });
    const other = await createBatch([line("a", {})]);
    await new Accounts(api).setTerms(api.account.id, { unlimited: false });
    expect((await untilOver(other.id)).request_counts).toMatchObject({ completed: 0, failed: 1 });
    expect(await api.allJobs()).toEqual([]);
  });

  it("give links in place of base64 where the output would be too large", async () => {
    const { id } = await createBatch(["a", "b", "c"].map((name) => line(name, { response_format: "b64_json" })));
    await feed();
    await expect.poll(async () => (await api.allJobs()).filter(({ status }) => status === "succeeded").length).toBe(3);
    const [{ images }] = (await api.allJobs()) as [Job];
    await feed({ maxBase64Bytes: 2.5 * images[0]!.bytes });
    const output = await linesOf((await client.batches.retrieve(id)).output_file_id);
    const [a, b, c] = output.map(({ response }) => response.body.data[0]);
    expect([a, b].map(({ b64_json }) => Buffer.from(b64_json, "base64").length)).toEqual([
      images[0]!.bytes,
      images[0]!.bytes,
    ]);
    expect(c).toEqual({ url: expect.any(String) });
    expect((await fetch(c.url)).headers.get("content-type")).toBe("image/png");
  });

  it("end with what is finished when their input is deleted", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let drawn = 0;
    api.beforeDrawing(async () => {
      if (drawn++ > 0) await released;
    });
    const { id, input_file_id } = await createBatch(["a", "b", "c"].map((name) => line(name, {})));
    await feed({ window: 2 });
    await expect.poll(() => drawn).toBe(2);
    await client.files.delete(input_file_id);
    await feed({ window: 2 });
    await feed({ window: 2 });
    expect(await client.batches.retrieve(id)).toMatchObject({
      status: "in_progress",
      request_counts: { completed: 1 },
    });
    release();
    const batch = await untilOver(id);
    expect(batch).toMatchObject({
      status: "failed",
      request_counts: { total: 3, completed: 2, failed: 0 },
      errors: { data: [{ code: "file_not_found" }] },
    });
    expect(await linesOf(batch.output_file_id)).toMatchObject([{ custom_id: "a" }, { custom_id: "b" }]);
  });

  it("need no input any more once every line is a job", async () => {
    const { id, input_file_id } = await createBatch([line("a", {})]);
    await feed();
    await client.files.delete(input_file_id);
    expect(await untilOver(id)).toMatchObject({ status: "completed", request_counts: { completed: 1 } });
  });

  it("refuse lines with what no request may hold", async () => {
    const nested = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const deep = line("deep", {}).replace('"x"', nested);
    const { id } = await createBatch([line("nul", { prompt: "a\0b" }), line("half", { prompt: "\ud800" }), deep]);
    const { error_file_id } = await untilOver(id);
    expect(await api.allJobs()).toEqual([]);
    expect(
      (await linesOf(error_file_id)).map(({ response }) => [response.status_code, response.body.error]),
    ).toMatchObject([
      [400, { code: "invalid_value", param: "prompt" }],
      [400, { code: "invalid_value", param: "prompt" }],
      [400, { code: "invalid_json" }],
    ]);
  });

  it("ask a slow server once for each line, and end a pass in time", async () => {
    const image = "https://slow.test/a";
    const { id } = await createBatch([line("a", { image }), line("b", { image }), line("c", { image })]);
    let asked = 0;
    const fetchImage = async () => {
      asked++;
      api.clock.advance(15_000);
      throw new PipelineError("webhook_timeout", "slow.test did not answer within 15000 ms", { retryable: true });
    };
    expect(await feed({ fetchImage })).toBe(1);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "in_progress", request_counts: { failed: 1 } });
    expect([await feed({ fetchImage }), await feed({ fetchImage })]).toEqual([1, 1]);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "completed", request_counts: { failed: 3 } });
    expect(asked).toBe(3);
  });
});

describe("edits", () => {
  it("start from the image, and redraw where the mask is transparent", async () => {
    const picture = async (name: string, background?: string) =>
      toFile(await redPicture(background), name, { type: "image/png" });
    const mask = await picture("m.png", "#ff000080");
    const edit = { model: "z-image-turbo", image: await picture("a.png"), mask, prompt: "x" };
    expect((await client.images.edit({ ...edit, n: 2, size: "64x64" as never })).data).toHaveLength(2);
    expect((await api.allJobs())[0]?.params).toMatchObject({
      n: 2,
      imageKey: expect.stringMatching(/picture-/),
      maskMode: "transparent",
    });
  });

  it("refuse what is no picture, and several of them", async () => {
    const image = await toFile(Buffer.from([1, 2, 3]), "a.png", { type: "image/png" });
    const edit = (given: typeof image | (typeof image)[]) =>
      client.images.edit({ model: "z-image-turbo", image: given, prompt: "x" });
    await expect(edit(image)).rejects.toMatchObject({ status: 400, code: "invalid_picture", param: "image" });
    await expect(edit([image, image])).rejects.toMatchObject({ status: 400, param: "image" });
    expect(await api.allJobs()).toEqual([]);
  });
});
