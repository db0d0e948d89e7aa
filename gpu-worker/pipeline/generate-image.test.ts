import { expect, it } from "vitest";
import { collect } from "../../test/support/collect.ts";
import { fakeComponents } from "../../test/support/engine/fake-components.ts";
import { type ImageInputs, ImagePipeline } from "./generate-image.ts";
import { noiseLatents } from "./latents.ts";

const guided = { scale: 2, normalization: 0, truncation: 1 };
const inputs: ImageInputs = {
  prompt: "cat",
  width: 32,
  height: 16,
  numInferenceSteps: 2,
  guidance: { scale: 0, normalization: 0, truncation: 1 },
  seed: 9,
};

it("goes through its stages in order", async () => {
  const stages = await collect(new ImagePipeline(fakeComponents()).generate(inputs));
  expect(stages.map(({ type }) => type)).toEqual(["encoded", "step", "step", "decoded"]);
  expect(stages.at(-1)).toMatchObject({ images: [{ shape: [3, 16, 32] }] });
});

it("draws each image of each prompt from its own seed", async () => {
  const fakes = fakeComponents();
  const run = { ...inputs, prompt: ["a", "b"], numImagesPerPrompt: 2 };
  await collect(new ImagePipeline(fakes).generate(run));
  const [first] = fakes.transformerCalls;
  expect(first!.map(({ promptEmbeds }) => String.fromCharCode(promptEmbeds.data[1]!))).toEqual(["a", "a", "b", "b"]);
  expect(first!.map(({ latents }) => latents.data[0])).toEqual(
    [9, 10, 11, 12].map((seed) => noiseLatents(seed, 32, 16).data[0]),
  );
});

it("encodes negative prompts only while guidance is on, and the empty one when none is given", async () => {
  const off = fakeComponents();
  await collect(new ImagePipeline(off).generate({ ...inputs, negativePrompt: "dog" }));
  expect(off.encodedIds.length).toBe(1);
  const on = fakeComponents();
  await collect(new ImagePipeline(on).generate({ ...inputs, prompt: ["a", "b"], guidance: guided }));
  expect(on.encodedIds).toEqual([[1, 97], [1, 98], [1]]); // the empty one is encoded once for both
  expect(on.transformerCalls[0]!.length).toBe(4);
});

it("steps over given sigmas in place of its scheduler's", async () => {
  const fakes = fakeComponents();
  await collect(new ImagePipeline(fakes).generate({ ...inputs, sigmas: [1, 0.75, 0.25] }));
  expect(fakes.transformerCalls.map(([item]) => item!.t)).toEqual([0, 0.25, 0.75]);
});

it("starts from given latents", async () => {
  const fakes = fakeComponents();
  const latents = [new Float32Array(128).fill(0.5)];
  await collect(new ImagePipeline(fakes).generate({ ...inputs, latents }));
  expect(fakes.transformerCalls[0]![0]!.latents.data[0]).toBe(0.5);
});

it.each([
  [{ width: 33 }, "width must be a multiple of 16"],
  [{ numInferenceSteps: 0 }, "steps must be"],
  [{ prompt: ["a", "b"], negativePrompt: "c", guidance: guided }, "as many negative prompts as prompts (2), got 1"],
  [{ latents: [] }, "latents for 1 images, got 0"],
  [{ latents: [new Float32Array(3)] }, "must be 128 float32 values"],
])("refuses %j", async (change, message) => {
  const run = collect(new ImagePipeline(fakeComponents()).generate({ ...inputs, ...change }));
  await expect(run).rejects.toThrow(message);
});

it("frees all three networks", async () => {
  const fakes = fakeComponents();
  await new ImagePipeline(fakes).release();
  expect(fakes.released).toBe(3);
});
