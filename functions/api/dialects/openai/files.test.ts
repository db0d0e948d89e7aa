import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { api, client, serveOpenai } from "../../../../test/support/api/openai-server.ts";

serveOpenai();

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

  it("are deleted when they are asked to be, those of batches and of parts too", async () => {
    const file = await toFile(Buffer.from("{}"), "a.jsonl");
    const expires_after = { anchor: "created_at", seconds: 3_600 } as const;
    const made = await client.files.create({ file, purpose: "batch", expires_after });
    expect(made.expires_at).toBe(made.created_at + 3_600);
    const kept = await client.files.create({ file, purpose: "batch" });
    expect(kept.expires_at, "30 days").toBe(kept.created_at + 2_592_000);
    const order = { bytes: 2, filename: "a", mime_type: "text/plain", purpose: "batch" } as const;
    const upload = await client.uploads.create({ ...order, expires_after: { anchor: "created_at", seconds: 7_200 } });
    const { id } = await client.uploads.parts.create(upload.id, { data: await toFile(Buffer.from("{}"), "part") });
    const { file: whole } = await client.uploads.complete(upload.id, { part_ids: [id] });
    expect(whole?.expires_at).toBe(whole!.created_at + 7_200);
    for (const [seconds, param] of [
      [3_599, "expires_after.seconds"],
      [2_592_001, "expires_after.seconds"],
      ["soon", "expires_after.seconds"],
    ] as const) {
      const life = { anchor: "created_at", seconds: seconds as number } as const;
      const refused = client.files.create({ file, purpose: "batch", expires_after: life });
      await expect(refused).rejects.toMatchObject({ status: 400, param });
    }
    const anchored = client.files.create({ file, purpose: "batch", expires_after: { seconds: 3_600 } as never });
    await expect(anchored).rejects.toMatchObject({ status: 400, param: "expires_after.anchor" });
  });

  it("are found by a purpose of any length, as it was kept", async () => {
    const purpose = "p".repeat(3_000) as "batch";
    const { id } = await client.files.create({ file: await toFile(Buffer.from("{}"), "a"), purpose });
    expect((await client.files.list({ purpose })).data.map((file) => file.id)).toEqual([id]);
  });

  it("are listed by purpose, in either order, page after page", async () => {
    const made: string[] = [];
    for (const purpose of ["batch", "vision", "batch", "batch"] as const) {
      made.push((await client.files.create({ file: await toFile(Buffer.from("{}"), "a"), purpose })).id);
      api.clock.advance(1);
    }
    const batch = made.filter((_, n) => n !== 1);
    const listed: string[] = [];
    for await (const { id } of client.files.list({ purpose: "batch", order: "asc", limit: 2 })) listed.push(id);
    expect(listed).toEqual(batch);
    const page = await client.files.list({ purpose: "batch", after: batch[1]!, limit: 5 });
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([[batch[0]], false]);
    await expect(client.files.list({ after: "file_x" })).rejects.toMatchObject({ status: 400, param: "after" });
    await expect(client.files.list({ order: "up" as never })).rejects.toMatchObject({ status: 400, param: "order" });
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
