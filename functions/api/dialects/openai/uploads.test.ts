import { createHash } from "node:crypto";
import OpenAI, { toFile } from "openai";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { batchLine, linesOf, untilOver } from "../../../../test/support/api/openai-batches.ts";
import { api, client, serveOpenai } from "../../../../test/support/api/openai-server.ts";

serveOpenai({ maxRetries: 0 });

const bytesOf = async (text: string, name = "part") => toFile(Buffer.from(text), name);
const begin = (bytes: number) =>
  client.uploads.create({ bytes, filename: "rows.jsonl", mime_type: "application/jsonl", purpose: "batch" });

describe("uploads", () => {
  it("make a file of parts that came in any order, once", async () => {
    const upload = await begin(10);
    expect(upload).toMatchObject({
      object: "upload",
      status: "pending",
      bytes: 10,
      filename: "rows.jsonl",
      file: null,
    });
    const second = await client.uploads.parts.create(upload.id, { data: await bytesOf("world") });
    const first = await client.uploads.parts.create(upload.id, { data: await bytesOf("hello") });
    await client.uploads.parts.create(upload.id, { data: await bytesOf("sent twice, and not named") });
    expect(first).toMatchObject({ object: "upload.part", upload_id: upload.id });
    const md5 = createHash("md5").update("helloworld").digest("hex");
    const order = { part_ids: [first.id, second.id], md5 };
    const { status, file } = await client.uploads.complete(upload.id, order);
    expect(status).toBe("completed");
    expect(await (await client.files.content(file!.id)).text()).toBe("helloworld");
    expect((await client.uploads.complete(upload.id, order)).file).toEqual(file);
    expect(await client.files.retrieve(file!.id)).toEqual(file);
    await expect(client.uploads.cancel(upload.id)).rejects.toMatchObject({ status: 409, code: "upload_not_open" });
  });

  it("say what is wrong with the parts, and can still be completed", async () => {
    const { id } = await begin(5);
    const part = await client.uploads.parts.create(id, { data: await bytesOf("hello") });
    const complete = (order: OpenAI.UploadCompleteParams) => client.uploads.complete(id, order);
    await expect(complete({ part_ids: ["part_1"] })).rejects.toMatchObject({ status: 400, code: "part_not_found" });
    await expect(complete({ part_ids: [part.id, part.id] })).rejects.toMatchObject({ code: "part_repeated" });
    const half = await begin(10);
    const first = await client.uploads.parts.create(half.id, { data: await bytesOf("hello") });
    // As many bytes as were announced, and still not what was meant.
    await expect(client.uploads.complete(half.id, { part_ids: [first.id, first.id] })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("more than once"),
    });
    await expect(client.uploads.complete(half.id, { part_ids: [first.id] })).rejects.toMatchObject({
      code: "upload_incomplete",
    });
    await expect(complete({ part_ids: [part.id], md5: "0".repeat(32) })).rejects.toMatchObject({
      status: 400,
      code: "checksum_mismatch",
    });
    expect((await complete({ part_ids: [part.id] })).status).toBe("completed");
  });

  it("are one account's, are taken for an hour, and take no part once they are cancelled", async () => {
    const other = await api.apiKeys.createAccount("second");
    const { value: apiKey } = await api.apiKeys.createKey(other.id);
    const stranger = new OpenAI({ baseURL: `${api.url}/v1`, apiKey, maxRetries: 0 });
    const late = await begin(5);
    const { id } = await begin(5);
    const data = await bytesOf("hello");
    await expect(stranger.uploads.parts.create(id, { data })).rejects.toMatchObject({ code: "upload_not_found" });
    expect((await client.uploads.cancel(id)).status).toBe("cancelled");
    expect((await client.uploads.cancel(id)).status).toBe("cancelled");
    await expect(client.uploads.parts.create(id, { data })).rejects.toMatchObject({ status: 409 });
    api.clock.advance(3_600_000);
    await expect(client.uploads.parts.create(late.id, { data })).rejects.toThrow("expired at");
    await expect(begin(600 * 1024 * 1024)).rejects.toMatchObject({ status: 400, code: "file_too_large" });
  });

  it("are what a file too large for one request is told to be, and carry a batch of it", async () => {
    const rows = Array.from({ length: 24 }, (_, i) =>
      batchLine(`sku-${i}`, { size: "65x64", metadata: { note: "x".repeat(500) }, user: "y".repeat(500) }),
    );
    // Spaces between JSON's members, as generous programs write them.
    const text = rows.map((row) => row.replace('"body":', `"body":${" ".repeat(900_000)}`)).join("\n");
    const file = await toFile(Buffer.from(text), "rows.jsonl");
    await expect(client.files.create({ file, purpose: "batch" })).rejects.toMatchObject({
      status: 413,
      message: expect.stringContaining("/v1/uploads"),
    });
    const bytes = Buffer.from(text);
    const { id } = await begin(bytes.length);
    const part_ids: string[] = [];
    for (let at = 0; at < bytes.length; at += 5_000_000) {
      const data = await toFile(bytes.subarray(at, at + 5_000_000), "part");
      part_ids.push((await client.uploads.parts.create(id, { data })).id);
    }
    const { file: uploaded } = await client.uploads.complete(id, { part_ids });
    expect(uploaded?.bytes).toBe(bytes.length);
    const stored = await api.objects.head(`in/${api.account.id}/${uploaded!.id}`);
    expect(stored, "a large file stays in its parts").toBeUndefined();
    const order = { endpoint: "/v1/images/generations", completion_window: "24h" } as const;
    const batch = await client.batches.create({ input_file_id: uploaded!.id, ...order });
    const over = await untilOver(api, client, batch.id);
    expect(over.request_counts).toEqual({ total: 24, completed: 0, failed: 24 });
    const errors = await linesOf(client, over.error_file_id);
    expect(errors.map(({ custom_id }) => custom_id)).toEqual(rows.map((_, i) => `sku-${i}`));
    await client.files.delete(uploaded!.id);
    expect((await api.objects.list(`in/${api.account.id}/${id}/`)).objects).toEqual([]);
  });

  it("bring images, which a request then names", async () => {
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const { id } = await client.uploads.create({
      bytes: image.length,
      filename: "red.png",
      mime_type: "image/png",
      purpose: "vision",
    });
    const part = await client.uploads.parts.create(id, { data: await toFile(image, "part") });
    const { file } = await client.uploads.complete(id, { part_ids: [part.id] });
    const submitted = await api.request("POST", "/v1/jobs", { prompt: "x", image: file!.id });
    expect(submitted.status).toBe(202);
  });

  it("have no links of their own on one machine, and say so", async () => {
    const { id } = await begin(5);
    await expect(client.post(`/uploads/${id}/part-links`, { body: { bytes: 5 } })).rejects.toMatchObject({
      status: 422,
      code: "part_links_unavailable",
    });
  });

  it("take parts that went straight to the store", async () => {
    const put = vi.spyOn(api.objects, "presignPut").mockImplementation(async (key) => `https://store.test/${key}`);
    const { id } = await begin(5);
    const link = await client.post<{ id: string; url: string }>(`/uploads/${id}/part-links`, { body: { bytes: 5 } });
    const order = { part_ids: [link.id] };
    await expect(client.uploads.complete(id, order)).rejects.toMatchObject({ code: "part_not_found" });
    const key = link.url.slice("https://store.test/".length);
    await api.objects.put(key, Buffer.from("hello"), { contentType: "application/octet-stream" });
    expect((await client.uploads.complete(id, order)).file?.bytes).toBe(5);
    put.mockRestore();
  });
});
