import { cp, link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { goldenCheckpoint } from "../../../test/support/golden-tensors.ts";
import { configPath, releasedFolder } from "./component-config.ts";
import { openModelFolder, readModelInfo } from "./model-folder.ts";

const single = resolve(goldenCheckpoint("tiny-base-single-file.safetensors"));

it.each([
  "tiny-base-single-file",
  "tiny-base-single-file.safetensors",
])("takes %s as the transformer, and the rest from the checkpoint whose name begins its own", async (name) => {
  const folder = await openModelFolder(goldenCheckpoint(name));
  expect(folder.transformer).toBe(single);
  expect(folder.vae).toBe(resolve(goldenCheckpoint("tiny-turbo/vae")));
  expect(configPath("transformer", folder.transformer)).toBe(
    resolve(goldenCheckpoint("tiny-base/transformer/config.json")),
  );
  expect(await readModelInfo(goldenCheckpoint(name))).toMatchObject({
    id: "tiny-base-single-file",
    family: "base",
    transformerParameters: 666_208,
  });
});

/** A `models` folder of ComfyUI. */
async function comfyFolder(...transformers: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "comfy-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const folder of ["diffusion_models", "text_encoders", "vae"]) await mkdir(join(dir, folder));
  for (const name of transformers) await cp(single, join(dir, "diffusion_models", name));
  await cp(
    goldenCheckpoint("tiny-turbo/text_encoder/model-00001-of-00002.safetensors"),
    join(dir, "text_encoders/qwen_3_4b.safetensors"),
  );
  await cp(goldenCheckpoint("tiny-turbo/vae/diffusion_pytorch_model.safetensors"), join(dir, "vae/ae.safetensors"));
  return dir;
}

it("finds the parts of a ComfyUI folder, and takes shift and configuration from the released models", async () => {
  const dir = await comfyFolder("z_image_turbo_bf16.safetensors", "flux.safetensors");
  await symlink(resolve(goldenCheckpoint("tiny-turbo/tokenizer")), join(dir, "tokenizer"));
  for (const path of [dir, join(dir, "diffusion_models/z_image_turbo_bf16.safetensors")]) {
    expect(await openModelFolder(path)).toEqual({
      modelIndex: join(releasedFolder, "z-image-turbo/model_index.json"),
      scheduler: join(releasedFolder, "z-image-turbo/scheduler"),
      tokenizer: join(dir, "tokenizer"),
      transformer: join(dir, "diffusion_models/z_image_turbo_bf16.safetensors"),
      textEncoder: join(dir, "text_encoders/qwen_3_4b.safetensors"),
      vae: join(dir, "vae/ae.safetensors"),
      siglip: expect.stringMatching(/siglip$/),
      siglipProcessor: expect.stringMatching(/siglip_processor$/),
      listed: false,
    });
  }
  const base = join(dir, "diffusion_models/z_image_bf16.gguf");
  await writeFile(base, "");
  expect((await openModelFolder(base)).scheduler).toBe(join(releasedFolder, "z-image/scheduler"));
  await expect(openModelFolder(dir)).rejects.toThrow("several could be meant; name one as the model");
});

it("says what is missing beside a lone file, and how to get it", async () => {
  const dir = await comfyFolder("z_image_turbo_bf16.safetensors");
  await rm(join(dir, "vae"), { recursive: true });
  const opening = openModelFolder(dir);
  await expect(opening).rejects.toThrow(join(dir, "vae", "config.json"));
  await expect(opening).rejects.toThrow(join(dir, "tokenizer", "tokenizer.json"));
  await expect(opening).rejects.toThrow("npm run models -- pull z-image-turbo --only tokenizer");
});

it("takes a single file in place of a folder's shards", async () => {
  const dir = await mkdtemp(join(tmpdir(), "model-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const part of ["model_index.json", "scheduler", "tokenizer", "text_encoder", "vae"]) {
    await symlink(resolve(goldenCheckpoint("tiny-turbo"), part), join(dir, part));
  }
  await mkdir(join(dir, "transformer"));
  await cp(goldenCheckpoint("tiny-base/transformer/config.json"), join(dir, "transformer/config.json"));
  await link(single, join(dir, "transformer/z_image.safetensors")).catch(() =>
    cp(single, join(dir, "transformer/z_image.safetensors")),
  );
  expect((await readModelInfo(dir)).transformerParameters).toBe(666_208);
});
