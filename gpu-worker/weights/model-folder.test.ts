import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openModelFolder, readModelInfo } from "./model-folder.ts";

const checkpoints = "test/golden/checkpoints";

it("knows Turbo and Base by their shift and counts parameters without reading them", async () => {
  const common = { random: true, transformerParameters: 666_208, defaultSide: 256 };
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
  ["scheduler/scheduler_config.json", '{"_class_name":"FlowMatchEulerDiscreteScheduler","shift":2}', "shift must be 3"],
])("refuses %s with %s", async (file, content, message) => {
  const dir = await assembled();
  await rm(join(dir, "scheduler"));
  await cp(`${checkpoints}/tiny-turbo/scheduler`, join(dir, "scheduler"), { recursive: true });
  await rm(join(dir, file));
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
