import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { cp, link, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
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
  const flux = join(dir, "diffusion_models/flux.safetensors");
  const others = (path: string) =>
    path === dir
      ? [
          `transformer: ${join(dir, "diffusion_models/z_image_turbo_bf16.safetensors")}; 1 more would fit, such as ${flux}`,
        ]
      : [];
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
      family: "turbo",
      notes: [
        "z_image_turbo_bf16.safetensors is taken for Turbo (8 steps, no guidance): its name says so",
        ...others(path),
      ],
    });
  }
  const base = join(dir, "diffusion_models/z_image_bf16.safetensors");
  await cp(single, base);
  expect((await openModelFolder(base)).scheduler).toBe(join(releasedFolder, "z-image/scheduler"));
  await expect(openModelFolder(dir)).rejects.toThrow("several could be meant; name one as the model");
  const transformer = join(dir, "diffusion_models/z_image_bf16.safetensors");
  expect((await openModelFolder(dir, { transformer })).scheduler).toBe(join(releasedFolder, "z-image/scheduler"));
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

/** Headers of the released components under their ComfyUI names, in files that are holes: 12 GB take no room. */
const released = JSON.parse(readFileSync(new URL("../released/state-dict-full.json", import.meta.url), "utf8")) as {
  components: Record<"transformer" | "text_encoder" | "vae", { tensors: Record<string, number[]> }>;
};
type Shapes = Readonly<Record<string, readonly number[]>>;
const qwen: Shapes = released.components.text_encoder.tensors;
const transformerNames: Shapes = released.components.transformer.tensors;
const fluxVae = (channels: number, axes = 2): Shapes => ({
  "decoder.conv_in.weight": [512, channels, ...new Array<number>(axes).fill(3)],
  "decoder.mid.block_1.conv1.weight": [512, 512, 3, 3],
  "encoder.conv_in.weight": [128, 3, 3, 3],
});
const withVision: Shapes = { ...qwen, "visual.blocks.0.attn.qkv.weight": [3072, 1024] };
const smaller: Shapes = {
  "model.embed_tokens.weight": [100, 1024],
  "model.layers.0.self_attn.q_proj.weight": [8, 1024],
};
const fp8 = (shapes: Shapes): Shapes => ({ ...shapes, scaled_fp8: [2] });
const lumina: Shapes = Object.fromEntries(
  Object.entries(transformerNames).filter(([name]) => !name.endsWith("pad_token")),
);

const contents: Readonly<Record<string, Shapes>> = {
  z_image_turbo_bf16: transformerNames,
  lumina_2: lumina,
  qwen_3_4b: qwen,
  qwen_3_4b_fp8_mixed: fp8(qwen),
  qwen_3_4b_fp4_flux2: fp8(qwen),
  qwen3vl_4b_fp8: fp8(withVision),
  qwen3vl_4b: withVision,
  qwen_3_06b_base: smaller,
  "flux2-vae": fluxVae(32),
  wan_vae: fluxVae(16, 3),
};

function hollow(path: string, shapes: Shapes): void {
  const isFp8 = "scaled_fp8" in shapes;
  let at = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const dtype = isFp8 ? "F8_E4M3" : "BF16";
    const start = at;
    at += shape.reduce((product, size) => product * size, isFp8 ? 1 : 2);
    return [name, { dtype, shape, data_offsets: [start, at] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([length, header]));
  truncateSync(path, 8 + header.length + at);
}

/** A models folder of hollow files; a name that `contents` does not know is a Flux autoencoder of 16 channels. */
async function models(...files: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "models-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const file of files) hollow(join(dir, `${file}.safetensors`), contents[basename(file)] ?? fluxVae(16));
  mkdirSync(join(dir, "tokenizer"));
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) writeFileSync(join(dir, "tokenizer", name), "{}");
  return dir;
}

/** As people have it: each line of trees.txt, and like ones. */
const trees: readonly [string, readonly string[], string, string][] = [
  [
    "another precision",
    ["text_encoders/qwen_3_4b", "text_encoders/qwen_3_4b_fp8_mixed", "vae/ae"],
    "text_encoders/qwen_3_4b",
    "vae/ae",
  ],
  [
    "another model's fp4",
    ["text_encoders/qwen_3_4b", "text_encoders/qwen_3_4b_fp4_flux2", "vae/ae"],
    "text_encoders/qwen_3_4b",
    "vae/ae",
  ],
  [
    "an encoder that sees",
    ["text_encoders/qwen_3_4b", "text_encoders/qwen3vl_4b_fp8", "vae/ae"],
    "text_encoders/qwen_3_4b",
    "vae/ae",
  ],
  [
    "an encoder that sees, by its tensors alone",
    ["clip/qwen3vl_4b", "clip/qwen_3_06b_base", "clip/z/qwen_3_4b", "vae/ae"],
    "clip/z/qwen_3_4b",
    "vae/ae",
  ],
  ["a VAE of 32 channels", ["text_encoders/qwen_3_4b", "vae/ae", "vae/flux2-vae"], "text_encoders/qwen_3_4b", "vae/ae"],
  [
    "a VAE of video, and subfolders",
    ["text_encoders/qwen/qwen_3_4b", "vae/flux/ae", "vae/wan_vae"],
    "text_encoders/qwen/qwen_3_4b",
    "vae/flux/ae",
  ],
  ...["z_image_ae", "z-image-vae", "zImageBase_vae", "flux-vae-bf16", "ultrafluxVAE_v1", "any name"].map(
    (name): [string, readonly string[], string, string] => [
      `the VAE as ${name}`,
      ["text_encoders/qwen_3_4b", `vae/${name}`],
      "text_encoders/qwen_3_4b",
      `vae/${name}`,
    ],
  ),
];

it.each(trees)("finds the right parts beside %s", async (_, files, textEncoder, vae) => {
  const dir = await models("diffusion_models/sub/z_image_turbo_bf16", "diffusion_models/lumina_2", ...files);
  for (const path of [dir, join(dir, "diffusion_models/sub/z_image_turbo_bf16.safetensors")]) {
    const folder = await openModelFolder(path);
    expect(folder).toMatchObject({
      transformer: join(dir, "diffusion_models/sub/z_image_turbo_bf16.safetensors"),
      textEncoder: join(dir, `${textEncoder}.safetensors`),
      vae: join(dir, `${vae}.safetensors`),
      tokenizer: join(dir, "tokenizer"),
      family: "turbo",
    });
  }
});

it("takes the parts that are named, and says when two fit equally", async () => {
  const dir = await models("diffusion_models/z_image_turbo_bf16", "clip/qwen_3_4b", "vae/vae_one", "vae/vae_two");
  await expect(openModelFolder(dir)).rejects.toThrow("several could be meant; name one with --vae");
  const vae = join(dir, "vae/vae_two.safetensors");
  expect(await openModelFolder(dir, { vae, family: "base" })).toMatchObject({ vae, family: "base" });
  const gone = join(dir, "gone");
  await expect(openModelFolder(dir, { vae: gone })).rejects.toThrow(`there is no ${gone}, which is named as the VAE`);
});

it("finds the components of an all-in-one file in it", async () => {
  const dir = await models();
  const file = join(dir, "checkpoints/zImageTurbo_aio.safetensors");
  hollow(file, {
    ...prefixed("model.diffusion_model.", transformerNames),
    ...prefixed("vae.", fluxVae(16)),
    ...prefixed("text_encoders.qwen3_4b.transformer.", qwen),
    "text_encoders.qwen3_4b.logit_scale": [],
  });
  for (const path of [file, dir]) {
    expect(await openModelFolder(path)).toMatchObject({ transformer: file, textEncoder: file, vae: file });
  }
});

const prefixed = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));

it("finds the files of a download page as they lie there, and in a ComfyUI folder from its root", async () => {
  for (const root of ["split_files", "models"]) {
    const dir = await models(
      ...["diffusion_models/z_image_turbo_bf16", "text_encoders/qwen_3_4b", "vae/ae"].map((file) => `${root}/${file}`),
    );
    expect(await openModelFolder(dir)).toMatchObject({ vae: join(dir, root, "vae/ae.safetensors") });
  }
});

/** A models folder without a transformer, and what is put in its place. */
async function without(...files: readonly [string, string | Shapes][]): Promise<string> {
  const dir = await models("text_encoders/qwen_3_4b", "vae/ae");
  for (const [name, content] of files) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "string") writeFileSync(path, content, "latin1");
    else hollow(path, content);
  }
  return dir;
}

const lora: Shapes = { "diffusion_model.layers.0.attention.to_q.lora_A.weight": [4, 8] };

it.each<[string, readonly [string, string | Shapes][], string]>([
  ["nothing", [], "it has no transformer of Z-Image. Expected the Hugging Face layout"],
  [
    "another model's",
    [["unet/z_image.safetensors", lumina]],
    "passed by: DIR/unet/z_image.safetensors holds a transformer of another model",
  ],
  [
    "a file that was cut off",
    [["unet/my_mix.safetensors", "\x50\0\0\0\0\0\0\0{"]],
    "passed by: DIR/unet/my_mix.safetensors: header length must be at most 1 bytes, got 80; the file is truncated",
  ],
  ["a PyTorch file", [["checkpoints/mix.ckpt", "PK\x03\x04"]], "DIR/checkpoints/mix.ckpt: is a PyTorch file"],
  [
    "shards without their index",
    [["unet/mix-00001-of-00002.safetensors", transformerNames]],
    "is one of 2 shards; name its folder, with all of them and mix.safetensors.index.json",
  ],
])("says what lies in a models folder in place of a transformer: %s", async (_, files, message) => {
  const dir = await without(...files);
  await expect(openModelFolder(dir)).rejects.toThrow(message.replaceAll("DIR", dir));
});

it.each<[string, string | Shapes, string]>([
  ["a LoRA", lora, "holds a LoRA, expected the transformer of Z-Image: a LoRA goes with a model, by --lora"],
  ["a text encoder", qwen, "holds a text encoder, expected the transformer of Z-Image"],
  ["an autoencoder", fluxVae(16), "holds an autoencoder, expected"],
  ["another model", lumina, "holds a transformer of another model, expected"],
  ["a ControlNet", { "control_layers.0.attention.to_q.weight": [8, 8] }, "holds a ControlNet, expected"],
  ["a PyTorch file", "PK\x03\x04", "is a PyTorch file"],
])("refuses to take %s for the model", async (_, content, message) => {
  const dir = await without(["any/name.safetensors", content]);
  await expect(openModelFolder(join(dir, "any/name.safetensors"))).rejects.toThrow(message);
});

it("says what lies in place of a text encoder and of a VAE, and of what is not there", async () => {
  const dir = await models("diffusion_models/z_image_turbo_bf16");
  hollow(join(dir, "text_encoders/small.safetensors"), smaller);
  hollow(join(dir, "vae/flux2-vae.safetensors"), fluxVae(32));
  const opening = openModelFolder(dir);
  await expect(opening).rejects.toThrow("small.safetensors has features of 1024 where the transformer has 2560");
  await expect(opening).rejects.toThrow("flux2-vae.safetensors has latents of 32 where the transformer has 16");
  await expect(opening).rejects.not.toThrow("pull z-image-turbo --only tokenizer");
  await expect(openModelFolder(join(dir, "nonesuch"))).rejects.toThrow(`there is no ${join(dir, "nonesuch")}`);
  await rm(join(dir, "text_encoders/small.safetensors"));
  await symlink("gone", join(dir, "text_encoders/qwen_3_4b.safetensors"));
  await expect(openModelFolder(dir)).rejects.toThrow("qwen_3_4b.safetensors: leads nowhere");
});

it("finds a transformer in Forge's folders, an encoder as a Hugging Face folder in ComfyUI's, with its tokenizer", async () => {
  const dir = await models("Stable-diffusion/z_image_turbo_bf16", "VAE/ae");
  await rm(join(dir, "tokenizer"), { recursive: true });
  const encoder = join(dir, "text_encoder/Qwen3-4B");
  await cp(goldenCheckpoint("tiny-turbo/text_encoder"), encoder, { recursive: true });
  await expect(openModelFolder(dir)).rejects.toThrow("Qwen3-4B has features of 16 where the transformer has 2560");
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) writeFileSync(join(encoder, name), "{}");
  expect(await openModelFolder(dir, { textEncoder: encoder })).toMatchObject({ tokenizer: encoder });
});

it("counts a file that links lead to in several ways once", async () => {
  const dir = await models("diffusion_models/z_image_turbo_bf16", "text_encoders/qwen_3_4b", "vae/ae");
  await symlink(".", join(dir, "diffusion_models/again"));
  expect(await openModelFolder(dir)).toMatchObject({
    transformer: join(dir, "diffusion_models/z_image_turbo_bf16.safetensors"),
  });
});

it("names the snapshot to take in place of the Hugging Face cache", async () => {
  const dir = await mkdtemp(join(tmpdir(), "hub-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const repository = join(dir, "models--Tongyi-MAI--Z-Image-Turbo");
  mkdirSync(join(repository, "snapshots/0f3a"), { recursive: true });
  await expect(openModelFolder(repository)).rejects.toThrow(`name its snapshot: ${join(repository, "snapshots/0f3a")}`);
  await expect(openModelFolder(dir)).rejects.toThrow("is the Hugging Face cache, not a model");
});
