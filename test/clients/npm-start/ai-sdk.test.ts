import { createFal } from "@ai-sdk/fal";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createReplicate } from "@ai-sdk/replicate";
import { generateImage, type ImageModel } from "ai";
import { describe, expect, it } from "vitest";
import { allJobs, key, spent, url, wrongKey } from "./account.ts";
import { plainImage, sizeOf } from "./drawn-images.ts";

const providers: [string, (key: string) => ImageModel][] = [
  ["openai", (apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).image("z-image-turbo")],
  [
    "openai-compatible",
    (apiKey) => createOpenAICompatible({ name: "z", baseURL: `${url}/v1`, apiKey }).imageModel("z-image-turbo"),
  ],
  ["replicate", (apiToken) => createReplicate({ baseURL: `${url}/v1`, apiToken }).image("prunaai/z-image-turbo")],
  ["fal", (apiKey) => createFal({ baseURL: `${url}/fal/run`, apiKey }).image("fal-ai/z-image/turbo")],
];

describe.each(providers)("%s", (_, model) => {
  it("draws", async () => {
    const { images } = await generateImage({ model: model(key), prompt: "a red cup", size: "128x64", n: 2 });
    const sizes = await Promise.all(images.map(({ uint8Array }) => sizeOf(uint8Array)));
    expect(sizes).toEqual([
      [128, 64],
      [128, 64],
    ]);
  });

  it("draws over an image", async () => {
    const prompt = { text: "a red cup", images: [await plainImage(64, 64)] };
    const { image } = await generateImage({ model: model(key), prompt, size: "64x64" });
    expect(await sizeOf(image.uint8Array)).toEqual([64, 64]);
  });

  it("tells of a wrong size and a wrong key, and nothing is charged", async () => {
    const before = [await spent(), (await allJobs()).length];
    const wrongSize = generateImage({ model: model(key), prompt: "x", size: "100x64" });
    await expect(wrongSize).rejects.toThrow("width must be a multiple of 16, got 100");
    const stranger = generateImage({ model: model(wrongKey), prompt: "x", size: "64x64" });
    await expect(stranger).rejects.toThrow(/API key|Unauthenticated/);
    expect([await spent(), (await allJobs()).length]).toEqual(before);
  });
});
