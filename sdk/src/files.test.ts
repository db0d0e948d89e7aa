import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { api, client, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import type { PartialUpload } from "./files.ts";

serveSdk();

describe("files", () => {
  it("are sent and used", async () => {
    const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const file = await client().files.upload(new Uint8Array(png), { filename: "cup.png", contentType: "image/png" });
    expect((await client().files.list()).data).toEqual([file]);
    expect(await client().files.get(file.id)).toEqual(file);
    expect(file).toMatchObject({ filename: "cup.png", bytes: png.length });
    expect(Buffer.from(await (await client().files.content(file.id)).arrayBuffer()).equals(png)).toBe(true);
    const { params } = await client().jobs.create({ prompt: "a blue cup", image: file.id, size: "64x64" }).wait();
    expect(params).toMatchObject({ strength: 0.6, image_url: expect.any(String) });
    await client().files.delete(file.id);
    await expect(client().files.get(file.id)).rejects.toMatchObject({ status: 404, code: "file_not_found" });
  });

  it("are sent in parts where they are large", async () => {
    const bytes = new Uint8Array(11_000_000).map((_, i) => i % 251);
    const progress: number[][] = [];
    const file = await client().files.upload(bytes, {
      filename: "rows.jsonl",
      contentType: "application/jsonl",
      onProgress: (...at) => progress.push(at),
    });
    expect(progress.map(([sent]) => sent)).toEqual([5_000_000, 10_000_000, 11_000_000]);
    expect(file).toMatchObject({ filename: "rows.jsonl", bytes: bytes.length });
    const stored = await api.objects.get(`in/${api.account.id}/${file.id}`);
    expect(Buffer.compare(stored!.body, bytes)).toBe(0);
  });

  it("go on where they broke off, without sending a part twice", async () => {
    const bytes = new Uint8Array(11_000_000).map((_, i) => i % 241);
    const kept: PartialUpload[] = [];
    const broken = new AbortController();
    const onPart = (upload: PartialUpload) => {
      if (kept.push(upload) === 2) broken.abort(new Error("the page was closed"));
    };
    const first = client().files.upload(bytes, { filename: "rows.csv", onPart, signal: broken.signal });
    await expect(first).rejects.toThrow("the page was closed");
    const sent: number[] = [];
    const resume = JSON.parse(JSON.stringify(kept.at(-1))) as PartialUpload;
    const file = await client().files.upload(bytes, {
      filename: "rows.csv",
      resume,
      onProgress: (at) => sent.push(at),
    });
    expect(sent).toEqual([10_000_000, 11_000_000]);
    const stored = await api.objects.get(`in/${api.account.id}/${file.id}`);
    expect(Buffer.compare(stored!.body, bytes)).toBe(0);
  });
});
