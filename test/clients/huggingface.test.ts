import { InferenceClient } from "@huggingface/inference";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";

/** The unchanged client with `endpointUrl`. */

const name = "Tongyi-MAI/Z-Image-Turbo";
let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

function draw(parameters: object, key = api.key): Promise<Blob> {
  const endpointUrl = `${api.url}/hf/models/${name}`;
  return new InferenceClient(key).textToImage(
    { endpointUrl, inputs: "a teapot", parameters: { width: 128, height: 64, ...parameters } },
    { outputType: "blob" },
  );
}

it("draws an image as asked", async () => {
  const blob = await draw({ seed: 7, num_inference_steps: 2 });
  expect(await sharp(await blob.arrayBuffer()).metadata()).toMatchObject({ width: 128, height: 64 });
  expect((await api.allJobs())[0]?.params).toMatchObject({ prompt: "a teapot", seed: 7, steps: 2 });
});

it("also when it takes long", async () => {
  const start = api.clock.now();
  api.beforeDrawing(async () => {
    while (api.clock.now() < start + 45_000) await api.clock.sleep(1_000);
  });
  const blob = await draw({});
  expect(await sharp(await blob.arrayBuffer()).metadata()).toMatchObject({ format: "png", width: 128 });
});

it.each([
  ["a wrong size", { width: 100 }, undefined, "parameters.width must be a multiple of 16, got 100; try 96 or 112"],
  ["a wrong field", { foo: 1 }, undefined, "unknown field parameters.foo"],
  ["a wrong key", {}, "not-one-of-our-keys", "API key"],
])("tells of %s as text", async (_, parameters, key, text) => {
  await expect(draw(parameters, key)).rejects.toThrow(text);
  expect(await api.allJobs()).toEqual([]);
});

it("tells of a failed job once, and does not loop", async () => {
  api.beforeDrawing(() => Promise.reject(new Error("out of memory")));
  await expect(draw({})).rejects.toThrow("out of memory");
  expect(api.requests).toHaveLength(1);
});

it("draws from an image", async () => {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const blob = await new InferenceClient(api.key).imageToImage({
    endpointUrl: `${api.url}/hf/models/${name}`,
    inputs: new Blob([new Uint8Array(png)]),
    parameters: { prompt: "a cup", target_size: { width: 64, height: 64 } },
  });
  expect(await sharp(await blob.arrayBuffer()).metadata()).toMatchObject({ width: 64, height: 64 });
  expect((await api.allJobs())[0]?.params.imageKey).toMatch(/image-/);
});
