import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { allJobs, jobOf, key, longJob, spent, url, wrongKey } from "./account.ts";
import { plainImage, type Size, sizeOfBase64, sizeUnder } from "./drawn-images.ts";

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const model = "z-image-turbo";
const small = { model, prompt: "a red cup", size: "128x64" } as const;

describe("images", () => {
  it("are generated, as base64 and under links", async () => {
    const { data, size } = await client.images.generate(small);
    expect([await sizeOfBase64(data?.[0]?.b64_json), size]).toEqual([[128, 64], "128x64"]);
    const linked = await client.images.generate({ ...small, size: "64x96" as never, n: 2, response_format: "url" });
    const sizes = await Promise.all((linked.data ?? []).map((image) => sizeUnder(image.url)));
    expect(sizes).toEqual([
      [64, 96],
      [64, 96],
    ]);
  });

  it("are edited: an image with a mask, as a whole and as a stream", async () => {
    const image = async (name: string, alpha?: number) =>
      toFile(await plainImage(96, 64, alpha), name, { type: "image/png" });
    const files = { image: await image("a.png"), mask: await image("m.png", 0) };
    const edit = { model, prompt: "a red cup", size: "96x64" as never, ...files };
    const { data } = await client.images.edit(edit);
    expect(await sizeOfBase64(data?.[0]?.b64_json)).toEqual([96, 64]);
    const seen: string[] = [];
    for await (const event of await client.images.edit({ ...edit, stream: true, partial_images: 1 })) {
      seen.push(event.type);
    }
    expect(seen).toEqual(["image_edit.partial_image", "image_edit.completed"]);
  });

  it("are streamed with partial images", async () => {
    // The default model draws in two steps, and a preview belongs to a step that is not the last.
    const steps = { steps: 4 } as object;
    const stream = await client.images.generate({ ...small, ...steps, stream: true, partial_images: 2 });
    const seen: [string, number | undefined, Size][] = [];
    for await (const event of stream) {
      const index = event.type === "image_generation.partial_image" ? event.partial_image_index : undefined;
      seen.push([event.type, index, await sizeOfBase64(event.b64_json)]);
    }
    expect(seen.map(([type, index]) => [type, index])).toEqual([
      ["image_generation.partial_image", 0],
      ["image_generation.partial_image", 1],
      ["image_generation.completed", undefined],
    ]);
    expect(seen.at(-1)?.[2]).toEqual([128, 64]);
  });

  it("are known again: as they are, with a changed pixel, and without their metadata", async () => {
    const { data } = await client.images.generate({
      ...small,
      size: "256x256" as never,
      prompt: "a red cup on a table",
    });
    const made = Buffer.from(data![0]!.b64_json!, "base64");
    const changed = Buffer.from(made);
    // The last bytes before the checksum of the pixels.
    changed[changed.length - 30]! ^= 1;
    const verify = async (file: Buffer, apiKey = key) => {
      const form = new FormData();
      form.append("file", new Blob([new Uint8Array(file)]), "image.png");
      const headers = { authorization: `Bearer ${apiKey}` };
      const response = await fetch(`${url}/v1/verify`, { method: "POST", headers, body: form });
      return (await response.json()) as { readonly [field: string]: unknown };
    };
    const own = { made_here: true, image: { model: expect.any(String), job: expect.stringMatching(/^job_/) } };
    expect(await verify(made)).toMatchObject({
      ...own,
      match: "bytes",
      unchanged: true,
      credentials: { state: "intact" },
    });
    expect(await verify(changed)).toMatchObject({
      ...own,
      match: "signature",
      unchanged: false,
      credentials: { state: "changed", signed_here: true },
    });
    const { default: sharp } = await import("sharp");
    const stripped = await sharp(made).resize(192, 192).jpeg({ quality: 75 }).toBuffer();
    expect(await verify(stripped)).toMatchObject({
      ...own,
      match: "look",
      unchanged: false,
      credentials: { state: "none", signed_here: false },
    });
    const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
    const stranger = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red", noise } })
      .png()
      .toBuffer();
    expect(await verify(stranger)).toMatchObject({ made_here: false, match: null, image: null });
  });

  it("are not charged when they are refused", async () => {
    const before = [await spent(), (await allJobs()).length];
    const wrongSize = client.images.generate({ ...small, size: "100x64" as never });
    await expect(wrongSize).rejects.toMatchObject({ status: 400, code: "invalid_size", param: "size" });
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: wrongKey });
    await expect(stranger.images.generate(small)).rejects.toThrow(OpenAI.AuthenticationError);
    expect([await spent(), (await allJobs()).length]).toEqual(before);
  });
});

it("files are uploaded, found, listed, read and deleted", async () => {
  const { id, ...made } = await client.files.create({ file: await toFile(Buffer.from("{}"), "a"), purpose: "batch" });
  expect(made).toMatchObject({ object: "file", bytes: 2, filename: "a", status: "processed" });
  expect(await client.files.retrieve(id)).toEqual({ id, ...made });
  const listed: string[] = [];
  for await (const file of client.files.list()) listed.push(file.id);
  expect(listed).toContain(id);
  expect(await (await client.files.content(id)).text()).toBe("{}");
  expect(await client.files.delete(id)).toMatchObject({ deleted: true });
  await expect(client.files.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError);
});

describe("batches", () => {
  async function createBatch(bodies: object[]) {
    const endpoint = "/v1/images/generations";
    const lines = bodies.map((body, i) =>
      JSON.stringify({ custom_id: `row-${i}`, method: "POST", url: endpoint, body }),
    );
    const file = await toFile(Buffer.from(lines.join("\n")), "in.jsonl");
    const { id: input } = await client.files.create({ file, purpose: "batch" });
    return client.batches.create({ input_file_id: input, endpoint, completion_window: "24h" });
  }

  async function linesOf(id: string | null | undefined) {
    const text = await (await client.files.content(id ?? "")).text();
    return text
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row));
  }

  it("draw the good lines and tell of a bad one", async () => {
    const { id } = await createBatch(["64x64", "65x64", "128x64"].map((size) => ({ prompt: "a cup", size, steps: 1 })));
    await expect.poll(async () => (await client.batches.retrieve(id)).status).toBe("completed");
    const { output_file_id, error_file_id, request_counts } = await client.batches.retrieve(id);
    expect(request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    const output = await linesOf(output_file_id);
    expect(output.map(({ custom_id }) => custom_id)).toEqual(["row-0", "row-2"]);
    expect(await sizeUnder(output[1].response.body.data[0].url)).toEqual([128, 64]);
    expect(await linesOf(error_file_id)).toMatchObject([{ custom_id: "row-1", response: { status_code: 400 } }]);
    expect((await client.batches.list({ limit: 1 })).data.map((batch) => batch.id)).toEqual([id]);
  });

  it("are cancelled", async () => {
    const { prompt } = longJob;
    const { id } = await createBatch(Array(12).fill({ prompt, size: "512x512", steps: 50 }));
    expect((await client.batches.cancel(id)).status).toMatch(/^cancell/);
    await expect.poll(async () => (await client.batches.retrieve(id)).status).toBe("cancelled");
  });
});

it("models are listed and found", async () => {
  const ids: string[] = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toHaveLength(1);
  expect((await client.models.retrieve("Tongyi-MAI/Z-Image-Turbo")).id).toBe(ids[0]);
  await expect(client.models.retrieve("gpt-5")).rejects.toThrow(OpenAI.NotFoundError);
});

it("a caller that gives up does not end the job", async () => {
  const abort = new AbortController();
  const answer = client.images.generate({ ...small, steps: 30, user: "gives up" } as typeof small, {
    signal: abort.signal,
  });
  const known = new Set((await allJobs()).map(({ id }) => id));
  const newJob = async () => (await allJobs()).find(({ id }) => !known.has(id))?.id ?? "";
  await expect.poll(newJob).not.toBe("");
  const id = await newJob();
  abort.abort();
  await expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
  await expect.poll(async () => (await jobOf(id)).status).toBe("succeeded");
});
