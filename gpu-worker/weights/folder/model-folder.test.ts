import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openModelFolder, readModelInfo } from "./model-folder.ts";

const checkpoints = "test/golden/checkpoints";

it("samples the released layouts, which say their shift alone, as Turbo and Base, and counts parameters without reading them", async () => {
  const limits = { maxSide: 2048, maxPixels: 2048 ** 2, maxPromptTokens: 512 };
  const common = { random: true, transformerParameters: 666_208, defaultSide: 256, limits };
  expect(await readModelInfo(`${checkpoints}/tiny-turbo`)).toEqual({
    id: "tiny-turbo",
    family: "turbo",
    defaultSteps: 8,
    defaultGuidance: 0,
    ...common,
  });
  expect(await readModelInfo(`${checkpoints}/tiny-base`)).toEqual({
    id: "tiny-base",
    family: "base",
    defaultSteps: 50,
    defaultGuidance: 4,
    ...common,
  });
});

it("takes shared parts from where layout.json says", async () => {
  const folder = await openModelFolder(`${checkpoints}/tiny-base`);
  expect(folder.transformer).toBe(resolve(checkpoints, "tiny-base/transformer"));
  expect(folder.vae).toBe(resolve(checkpoints, "tiny-turbo/vae"));
});

it("takes an assembled folder of links as it is, and believes the caller about id and randomness", async () => {
  const dir = await assembled();
  expect(await readModelInfo(dir, { modelId: "z-image-turbo", random: false })).toMatchObject({
    id: "z-image-turbo",
    random: false,
    defaultSide: 1024, // the VAE's sample_size
  });
});

it("believes a model about its own steps and guidance, at any shift", async () => {
  const dir = await assembled();
  await rm(join(dir, "scheduler"));
  await mkdir(join(dir, "scheduler"));
  const scheduler = '{"_class_name":"FlowMatchEulerDiscreteScheduler","shift":2.5}';
  await writeFile(join(dir, "scheduler/scheduler_config.json"), scheduler);
  await writeFile(join(dir, "generation_config.json"), '{"num_inference_steps":4,"guidance_scale":0}');
  expect(await readModelInfo(dir)).toMatchObject({ family: "turbo", defaultSteps: 4, defaultGuidance: 0 });
  await writeFile(join(dir, "generation_config.json"), '{"num_inference_steps":30,"guidance_scale":2}');
  expect(await readModelInfo(dir)).toMatchObject({ family: "base", defaultSteps: 30, defaultGuidance: 2 });
});

it("names everything that is missing and what to do", async () => {
  const dir = await assembled();
  await rm(join(dir, "vae"));
  await rm(join(dir, "tokenizer"));
  const opening = openModelFolder(dir);
  await expect(opening).rejects.toThrow(join(dir, "vae", "config.json"));
  await expect(opening).rejects.toThrow(join(dir, "tokenizer", "tokenizer.json"));
  await expect(opening).rejects.toThrow("download the whole repository");
});

it.each([
  ["model_index.json", "{}", "_class_name"],
  ["model_index.json", '{"_class_name":"FluxPipeline"}', "ZImagePipeline"],
  ["generation_config.json", '{"num_inference_steps":0,"guidance_scale":0}', "num_inference_steps"],
  ["generation_config.json", '{"num_inference_steps":4}', "guidance_scale"],
])("refuses %s with %s", async (file, content, message) => {
  const dir = await assembled();
  await rm(join(dir, "scheduler"));
  await cp(`${checkpoints}/tiny-turbo/scheduler`, join(dir, "scheduler"), { recursive: true });
  await rm(join(dir, file), { force: true });
  await writeFile(join(dir, file), content);
  await expect(readModelInfo(dir)).rejects.toThrow(message);
});

/** tiny-turbo, put together from links as in the Hugging Face cache. */
async function assembled(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "model-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const part of ["model_index.json", "scheduler", "tokenizer", "text_encoder", "transformer", "vae"]) {
    await symlink(resolve(checkpoints, "tiny-turbo", part), join(dir, part));
  }
  return dir;
}

it.each([
  [2, "turbo", 8],
  [4, "turbo", 8],
  [5, "base", 50],
] as const)("takes any shift: %f is sampled as %s", async (shift, family, defaultSteps) => {
  const dir = await assembled();
  const scheduler = JSON.stringify({ _class_name: "FlowMatchEulerDiscreteScheduler", shift });
  await rm(join(dir, "scheduler"), { recursive: true });
  await mkdir(join(dir, "scheduler"));
  await writeFile(join(dir, "scheduler/scheduler_config.json"), scheduler);
  expect(await readModelInfo(dir)).toMatchObject({ family, defaultSteps });
  expect(await readModelInfo(dir, { parts: { family: "base" } })).toMatchObject({ family: "base", defaultSteps: 50 });
});
