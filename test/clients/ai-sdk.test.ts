import { createFal } from "@ai-sdk/fal";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createReplicate } from "@ai-sdk/replicate";
import { generateImage, type ImageModel } from "ai";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";

/** Vercel's SDK through four providers. */

let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

const providers: [string, (key: string) => ImageModel][] = [
  ["openai", (apiKey) => createOpenAI({ baseURL: `${api.url}/v1`, apiKey }).image("z-image-turbo")],
  [
    "openai-compatible",
    (apiKey) => createOpenAICompatible({ name: "z", baseURL: `${api.url}/v1`, apiKey }).imageModel("z-image-turbo"),
  ],
  ["replicate", (apiToken) => createReplicate({ baseURL: `${api.url}/v1`, apiToken }).image("prunaai/z-image-turbo")],
  ["fal", (apiKey) => createFal({ baseURL: `${api.url}/fal/run`, apiKey }).image("fal-ai/z-image/turbo")],
];

describe.each(providers)("%s", (_, model) => {
  it("draws images of the size asked for", async () => {
    const { images } = await generateImage({ model: model(api.key), prompt: "a teapot", size: "128x64", n: 2 });
    const sizes = await Promise.all(images.map(async ({ uint8Array }) => sharp(uint8Array).metadata()));
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([
      [128, 64],
      [128, 64],
    ]);
  });

  it("tells of a wrong size and a wrong key", async () => {
    const wrong = generateImage({ model: model(api.key), prompt: "x", size: "100x64" });
    await expect(wrong).rejects.toThrow("width must be a multiple of 16, got 100");
    await expect(generateImage({ model: model("not-one-of-our-keys"), prompt: "x" })).rejects.toThrow(
      /API key|Unauthenticated/,
    );
    expect(await api.allJobs()).toEqual([]);
  });

  it("ends when the job fails", async () => {
    api.beforeDrawing(() => Promise.reject(new Error("out of memory")));
    await expect(generateImage({ model: model(api.key), prompt: "x", size: "64x64" })).rejects.toThrow();
    // Its own retries of a 500: three in all, none of them charged.
    expect((await api.allJobs()).length).toBeLessThanOrEqual(3);
  });

  it("draws once when the connection is lost", async () => {
    let drops = 0;
    api.beforeDrawing(async () => {
      if (drops++ === 0) api.dropConnections();
    });
    const draw = () => generateImage({ model: model(api.key), prompt: "x", size: "64x64" });
    const { images } = await draw().catch(draw);
    expect(images).toHaveLength(1);
    expect(await api.allJobs()).toHaveLength(1);
  });
});
