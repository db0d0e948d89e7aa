import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import OpenAI from "openai";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

/** The unchanged client against the API on a loopback socket. */

const model = "z-image-turbo";
let api: ApiUnderTest;
let server: Server;
let sockets: Socket[];
let baseURL: string;
/** Holds back or fails the job that the worker is about to draw. */
let beforeDrawing: () => Promise<void>;

beforeEach(async () => {
  beforeDrawing = async () => {};
  api = await openApi({ beforeDrawing: () => beforeDrawing() });
  api.worker.start();
  sockets = [];
  server = createServer(getRequestListener(api.app.fetch));
  server.on("connection", (socket) => sockets.push(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await api.close();
});

function client(options: { apiKey?: string; maxRetries?: number } = {}) {
  return new OpenAI({ baseURL, apiKey: api.key, ...options });
}

async function jobs() {
  return (await api.jobs.list({ accountId: api.account.id, limit: 50 })).jobs;
}

function sizeOf(b64: string | undefined) {
  return sharp(Buffer.from(b64 ?? "", "base64"))
    .metadata()
    .then(({ format, width, height }) => ({ format, width, height }));
}

describe("images.generate", () => {
  it("returns a PNG of the size asked for, as base64 unless told otherwise", async () => {
    const { data, created, size, usage } = await client().images.generate({
      model,
      prompt: "a teapot",
      size: "256x128",
    });
    expect(data).toHaveLength(1);
    expect(await sizeOf(data?.[0]?.b64_json)).toEqual({ format: "png", width: 256, height: 128 });
    expect(size).toBe("256x128");
    expect(Math.abs(created - api.clock.now() / 1000)).toBeLessThan(60);
    // 256/16 · 128/16
    expect(usage?.output_tokens).toBe(128);
  });

  it("returns links that need no header, several images, and other formats", async () => {
    const { data } = await client().images.generate({
      model: "Tongyi-MAI/Z-Image-Turbo",
      prompt: "a teapot",
      size: "64x64",
      n: 2,
      response_format: "url",
      output_format: "webp",
      output_compression: 50,
      quality: "high",
      user: "u",
    });
    const files = await Promise.all((data ?? []).map(async ({ url }) => fetch(url ?? "")));
    expect(files.map(({ status, headers }) => [status, headers.get("content-type")])).toEqual([
      [200, "image/webp"],
      [200, "image/webp"],
    ]);
  });

  it("draws ten images, as many as that API allows, and no more", async () => {
    const ask = (n: number) => client().images.generate({ model, prompt: "a teapot", size: "64x64", n });
    expect((await ask(10)).data).toHaveLength(10);
    await expect(ask(11)).rejects.toMatchObject({ status: 400, param: "n" });
  });

  it("passes our own fields through, and takes null for absent", async () => {
    const body = {
      model,
      prompt: "x",
      size: "64x64",
      seed: 5,
      steps: 3,
      n: null,
      background: null,
      stream: null,
    } as const;
    await client().images.generate(body);
    expect((await jobs())[0]?.params).toMatchObject({ seed: 5, steps: 3, n: 1 });
  });

  it("takes long without the connection being lost: spaces, then the answer", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    beforeDrawing = () => released;
    const answer = fetch(`${baseURL}/images/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, prompt: "x", size: "64x64" }),
    });
    const { status, body } = await answer;
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (text.length < 3) text += (await reader.read()).value;
    expect([status, text]).toEqual([200, "   "]);
    release();
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    expect(JSON.parse(text).data).toHaveLength(1);
  });

  it("is parsed by the client also after the spaces", async () => {
    const start = api.clock.now();
    beforeDrawing = async () => {
      while (api.clock.now() < start + 45_000) await api.clock.sleep(1_000);
    };
    const { data } = await client({ maxRetries: 0 }).images.generate({ model, prompt: "x", size: "64x64" });
    expect(await sizeOf(data?.[0]?.b64_json)).toMatchObject({ width: 64 });
  });
});

describe("stream", () => {
  it("sends previews on the way, then each image", async () => {
    const stream = await client().images.generate({
      model,
      prompt: "x",
      size: "64x64",
      n: 2,
      stream: true,
      partial_images: 3,
      output_format: "webp",
    });
    const seen: [string, string, number][] = [];
    for await (const event of stream) {
      const { format, width } = await sizeOf(event.b64_json);
      seen.push([event.type, String(format), Number(width)]);
      expect(event.output_format).toBe("webp");
      if (event.type === "image_generation.partial_image") expect(event.partial_image_index).toBe(seen.length - 1);
    }
    const partial = ["image_generation.partial_image", "webp", 64];
    const completed = ["image_generation.completed", "webp", 64];
    expect(seen).toEqual([...Array(6).fill(partial), completed, completed]);
  });

  it("sends no previews unasked", async () => {
    const stream = await client().images.generate({ model, prompt: "x", size: "64x64", stream: true });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(["image_generation.completed"]);
  });

  it("throws what made the job fail", async () => {
    beforeDrawing = () => Promise.reject(new Error("out of memory"));
    const stream = await client().images.generate({ model, prompt: "x", stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toMatchObject({ name: "Error", code: "engine_failed", message: "out of memory" });
  });
});

describe("errors have the client's classes", () => {
  it.each([
    ["a wrong key", OpenAI.AuthenticationError, 401, "invalid_api_key", {}, { apiKey: "not-one-of-our-keys" }],
    ["a wrong size", OpenAI.BadRequestError, 400, "invalid_size", { size: "1000x1000" }, {}],
    ["a wrong field", OpenAI.BadRequestError, 400, "unknown_parameter", { foo: 1 }, {}],
    ["a wrong value", OpenAI.BadRequestError, 400, "invalid_value", { n: 99 }, {}],
    [
      "a capability that is missing",
      OpenAI.BadRequestError,
      400,
      "unsupported_capability",
      { background: "transparent" },
      {},
    ],
    ["a wrong model", OpenAI.NotFoundError, 404, "model_not_found", { model: "dall-e-3" }, {}],
    ["previews without a stream", OpenAI.BadRequestError, 400, "invalid_value", { partial_images: 2 }, {}],
    ["links in a stream", OpenAI.BadRequestError, 400, "invalid_value", { stream: true, response_format: "url" }, {}],
  ])("%s", async (_, errorClass, status, code, body, options) => {
    const request = client(options).images.generate({
      model,
      prompt: "x",
      ...body,
    } as OpenAI.Images.ImageGenerateParams);
    const error = await request.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, code, requestID: expect.stringMatching(/^req_/) });
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get("x-should-retry")).toBe("false");
    expect(await jobs()).toEqual([]);
  });

  it("names the two nearest sizes, and the field", async () => {
    await expect(client().images.generate({ model, prompt: "x", size: "1024x1000" })).rejects.toMatchObject({
      param: "size",
      message: "400 height must be a multiple of 16, got 1000; try 992 or 1008",
    });
  });

  it("a failed job is told once, and not sent again", async () => {
    beforeDrawing = () => Promise.reject(new Error("out of memory"));
    const error = await client()
      .images.generate({ model, prompt: "x" })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 500, code: "engine_failed" });
    expect(await jobs()).toHaveLength(1);
  });
});

describe("a connection that is lost", () => {
  it("makes one job: the client's own re-send gets its image", async () => {
    let drops = 0;
    beforeDrawing = async () => {
      if (drops++ === 0) for (const socket of sockets) socket.destroy();
    };
    const { data } = await client().images.generate({ model, prompt: "x", size: "64x64" });
    expect(await sizeOf(data?.[0]?.b64_json)).toMatchObject({ width: 64 });
    expect(sockets.length).toBeGreaterThan(1);
    expect((await jobs()).map(({ status }) => status)).toEqual(["succeeded"]);
  });

  // openai 7 re-sends when the connection ends before the status, and after its own time-out; not when the body breaks
  // off.
  it("is also how a late failure is told: never a success, and a re-send gets the error with its status", async () => {
    const start = api.clock.now();
    beforeDrawing = async () => {
      while (api.clock.now() < start + 30_000) await api.clock.sleep(1_000);
      throw new Error("out of memory");
    };
    await expect(client().images.generate({ model, prompt: "x" })).rejects.toThrow("terminated");
    const resent = await fetch(`${baseURL}/images/generations`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${api.key}`,
        "content-type": "application/json",
        "x-stainless-retry-count": "1",
      },
      body: JSON.stringify({ prompt: "x", model }),
    });
    expect(resent.headers.get("x-should-retry")).toBe("false");
    expect([resent.status, await resent.json()]).toMatchObject([500, { error: { code: "engine_failed" } }]);
    expect(await jobs()).toHaveLength(1);
  });

  it("does not cancel the job", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    beforeDrawing = () => {
      begin();
      return released;
    };
    const abort = new AbortController();
    const answer = client().images.generate({ model, prompt: "x", size: "64x64" }, { signal: abort.signal });
    await begun;
    abort.abort();
    await expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
    release();
    await expect.poll(async () => (await jobs())[0]?.status).toBe("succeeded");
  });

  it("does not confuse two equal requests that were both made on purpose", async () => {
    const generate = () => client().images.generate({ model, prompt: "x", size: "64x64" });
    await Promise.all([generate(), generate()]);
    expect(await jobs()).toHaveLength(2);
  });

  it("is what an Idempotency-Key decides where there is one", async () => {
    const generate = (prompt: string) =>
      client().images.generate({ model, prompt, size: "64x64" }, { headers: { "Idempotency-Key": "k1" } });
    const first = await generate("x");
    expect(await generate("x")).toEqual(first);
    await expect(generate("y")).rejects.toThrow(OpenAI.UnprocessableEntityError);
    expect(await jobs()).toHaveLength(1);
  });
});

describe("models", () => {
  it("are listed and found, also by a name with a slash", async () => {
    const ids: string[] = [];
    for await (const { id, object } of client().models.list()) ids.push(`${object} ${id}`);
    expect(ids).toEqual(["model z-image-turbo", "model z-image"]);
    expect(await client().models.retrieve("Tongyi-MAI/Z-Image-Turbo")).toMatchObject({
      id: model,
      owned_by: "Tongyi-MAI",
    });
  });

  it("fail in the client's classes", async () => {
    await expect(client().models.retrieve("gpt-5")).rejects.toThrow(OpenAI.NotFoundError);
    await expect(client({ apiKey: "not-one-of-our-keys" }).models.list()).rejects.toThrow(OpenAI.AuthenticationError);
  });
});
