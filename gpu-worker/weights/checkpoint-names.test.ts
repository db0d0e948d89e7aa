import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { caseFile } from "../../test/support/engine/case-file.ts";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { elementCount } from "../tensor.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { toReferenceNames } from "./checkpoint-names.ts";
import { componentsOfFile } from "./components-of-file.ts";
import { readTensorBytes, type StoredTensor } from "./formats/safetensors.ts";

const stored = (shape: readonly number[]): StoredTensor => {
  const values = elementCount(shape);
  return { dtype: "F32", shape, file: "/m.safetensors", offset: 0, length: 4 * values };
};

it("turns the ComfyUI file into exactly the tensors of the folder it was made of", () => {
  const folder = openCheckpoint(goldenCheckpoint("tiny-base/transformer")).tensors;
  const single = openCheckpoint(goldenCheckpoint("tiny-base-single-file.safetensors")).tensors;
  expect([...single.keys()].toSorted()).toEqual([...folder.keys()].toSorted());
  for (const [name, tensor] of folder) {
    expect(single.get(name)!.shape, name).toEqual(tensor.shape);
    expect(readTensorBytes(single.get(name)!).equals(readTensorBytes(tensor)), name).toBe(true);
  }
});

/**
 * Written from the module names of flux `src/flux/modules/autoencoder.py`, not from our own rules: encoder and decoder
 * of four levels, two blocks each.
 */
function originalFluxNames(): [string, readonly number[]][] {
  const names: [string, readonly number[]][] = [];
  const convolution = (name: string, out: number, from: number, kernel: number) =>
    names.push([`${name}.weight`, [out, from, kernel, kernel]], [`${name}.bias`, [out]]);
  const norm = (name: string, channels: number) =>
    names.push([`${name}.weight`, [channels]], [`${name}.bias`, [channels]]);
  const resnet = (name: string, from: number, out: number) => {
    norm(`${name}.norm1`, from);
    convolution(`${name}.conv1`, out, from, 3);
    norm(`${name}.norm2`, out);
    convolution(`${name}.conv2`, out, out, 3);
    if (from !== out) convolution(`${name}.nin_shortcut`, out, from, 1);
  };
  const middle = (side: string) => {
    resnet(`${side}.mid.block_1`, 512, 512);
    norm(`${side}.mid.attn_1.norm`, 512);
    for (const part of ["q", "k", "v", "proj_out"]) convolution(`${side}.mid.attn_1.${part}`, 512, 512, 1);
    resnet(`${side}.mid.block_2`, 512, 512);
  };
  const channels = [128, 256, 512, 512];
  convolution("encoder.conv_in", 128, 3, 3);
  channels.forEach((out, level) => {
    resnet(`encoder.down.${level}.block.0`, channels[level - 1] ?? 128, out);
    resnet(`encoder.down.${level}.block.1`, out, out);
    if (level < 3) convolution(`encoder.down.${level}.downsample.conv`, out, out, 3);
  });
  middle("encoder");
  norm("encoder.norm_out", 512);
  convolution("encoder.conv_out", 32, 512, 3);
  convolution("decoder.conv_in", 512, 16, 3);
  middle("decoder");
  for (const level of [3, 2, 1, 0]) {
    resnet(`decoder.up.${level}.block.0`, channels[level + 1] ?? 512, channels[level]!);
    for (const block of [1, 2]) resnet(`decoder.up.${level}.block.${block}`, channels[level]!, channels[level]!);
    if (level > 0) convolution(`decoder.up.${level}.upsample.conv`, channels[level]!, channels[level]!, 3);
  }
  norm("decoder.norm_out", 128);
  convolution("decoder.conv_out", 3, 128, 3);
  return names;
}

it("turns the Flux autoencoder under its original names into every tensor of the released VAE, in its shape", () => {
  const released = JSON.parse(readFileSync(new URL("./released/state-dict-full.json", import.meta.url), "utf8")) as {
    components: { vae: { tensors: Record<string, number[]> } };
  };
  const original = originalFluxNames();
  for (const prefix of ["", "first_stage_model."]) {
    const renamed = toReferenceNames(
      "ae.safetensors",
      new Map(original.map(([name, shape]) => [prefix + name, stored(shape)])),
    );
    expect(Object.fromEntries(Array.from(renamed, ([name, { shape }]) => [name, shape]))).toEqual(
      released.components.vae.tensors,
    );
  }
});

it("turns Qwen3 as llama.cpp spells it into every tensor that the released text encoder has", () => {
  const released = JSON.parse(readFileSync(new URL("./released/state-dict-full.json", import.meta.url), "utf8")) as {
    components: { text_encoder: { tensors: Record<string, number[]> } };
  };
  const expected = Object.keys(released.components.text_encoder.tensors).toSorted();
  const names = ["token_embd.weight", "output_norm.weight", "rope_freqs.weight"];
  const parts = [
    "attn_norm",
    "ffn_norm",
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "attn_q_norm",
    "attn_k_norm",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
  ];
  for (let layer = 0; layer < 36; layer++) names.push(...parts.map((part) => `blk.${layer}.${part}.weight`));
  const renamed = toReferenceNames("q.gguf", new Map(names.map((name) => [name, stored([1])])));
  expect([...renamed.keys()].toSorted()).toEqual(expected);
});

it.each(["save_pretrained", "aio"])("finds the text encoder under the names of %s", (style) => {
  const names: Record<string, string[]> = JSON.parse(
    readFileSync(caseFile("08-text-encoder-names/names.json"), "utf8"),
  );
  const plain = names.save_pretrained!.map((name) => `model.${name}`);
  const renamed = toReferenceNames("m", new Map(names[style]!.map((name) => [name, stored([1])])), "text_encoder");
  expect([...renamed.keys()].toSorted()).toEqual(plain.toSorted());
});

it("takes each component out of an all-in-one file", () => {
  const released = JSON.parse(readFileSync(new URL("./released/state-dict-full.json", import.meta.url), "utf8")) as {
    components: Record<"vae" | "text_encoder" | "transformer", { tensors: Record<string, number[]> }>;
  };
  const { text_encoder, transformer } = released.components;
  const shapes: [string, readonly number[]][] = [
    ...Object.entries(transformer.tensors).map(([name, shape]) => [`model.diffusion_model.${name}`, shape] as const),
    ...originalFluxNames().map(([name, shape]) => [`vae.${name}`, shape] as const),
    ...Object.entries(text_encoder.tensors).map(
      ([name, shape]) => [`text_encoders.qwen3_4b.transformer.${name}`, shape] as const,
    ),
    ["text_encoders.qwen3_4b.logit_scale", []] as const,
  ].map(([name, shape]) => [name, shape]);
  const file = new Map(shapes.map(([name, shape]) => [name, stored(shape)]));
  for (const component of ["text_encoder", "transformer", "vae"] as const) {
    const names = [...toReferenceNames("aio", file, component).keys()].toSorted();
    expect(names).toEqual(Object.keys(released.components[component].tensors).toSorted());
  }
  expect([...componentsOfFile(file)]).toEqual([
    ["transformer", "model.diffusion_model."],
    ["vae", "vae."],
    ["text_encoder", "text_encoders.qwen3_4b.transformer.model."],
  ]);
});

it("tells an image encoder, whose layers have the same names, from a text encoder", () => {
  const names = [
    "vision_model.encoder.layers.0.self_attn.q_proj.weight",
    "encoder.layers.0.mlp.fc1.weight",
    "v.blk.0.attn_q.weight",
  ];
  for (const name of names) expect(componentsOfFile(new Map([[name, stored([1])]])).size).toBe(0);
});

it("gives pad tokens back the axis that GGUF writers drop, and leaves what it does not know alone", () => {
  const renamed = toReferenceNames(
    "z.gguf",
    new Map([
      ["x_embedder.weight", stored([8, 4])],
      ["x_pad_token", stored([8])],
      ["norm_final.weight", stored([8])],
    ]),
  );
  expect(Array.from(renamed, ([name, { shape }]) => [name, shape])).toEqual([
    ["all_x_embedder.2-1.weight", [8, 4]],
    ["x_pad_token", [1, 8]],
  ]);
  const other = new Map([["something.else", stored([2])]]);
  expect(toReferenceNames("x", other)).toBe(other);
});

it("refuses a fused matrix that is no three, and two spellings of one tensor", () => {
  const fused = new Map([["layers.0.attention.qkv.weight", stored([7, 3])]]);
  expect(() => toReferenceNames("m.safetensors", fused)).toThrow(
    "m.safetensors: tensor layers.0.attention.qkv.weight: expected three times as many rows",
  );
  const twice = new Map([
    ["x_embedder.weight", stored([1])],
    ["all_x_embedder.2-1.weight", stored([1])],
  ]);
  expect(() => toReferenceNames("m.safetensors", twice)).toThrow("is there twice");
});
