import { expect, it } from "vitest";
import { componentsOfFile } from "./components-of-file.ts";
import type { StoredTensor } from "./formats/safetensors.ts";

const stored: StoredTensor = { file: "f", dtype: "F32", shape: [1], offset: 0, length: 4 };
const found = (...names: string[]) =>
  Object.fromEntries(componentsOfFile(new Map(names.map((name) => [name, stored]))));

it.each<[string, Record<string, string>]>([
  ["layers.0.attention.to_q.weight", { transformer: "" }],
  ["model.diffusion_model.noise_refiner.1.feed_forward.w1.weight", { transformer: "model.diffusion_model." }],
  ["all_x_embedder.2-1.weight", { transformer: "" }],
  ["model.layers.3.self_attn.q_proj.weight", { text_encoder: "model." }],
  [
    "text_encoders.qwen3_4b.transformer.model.embed_tokens.weight",
    { text_encoder: "text_encoders.qwen3_4b.transformer.model." },
  ],
  ["blk.0.attn_q.weight", { text_encoder: "" }],
  ["vae.decoder.up_blocks.0.resnets.0.conv1.weight", { vae: "vae." }],
  ["first_stage_model.encoder.down.0.block.0.conv1.weight", { vae: "first_stage_model." }],
])("tells by %s", (name, components) => {
  expect(found(name)).toEqual(components);
});

it("finds every component of one file, each with what stands before its names", () => {
  expect(
    found(
      "other",
      "vae.decoder.conv_in.weight",
      "te.model.layers.0.mlp.up_proj.weight",
      "x.layers.0.attention.to_q.weight",
    ),
  ).toEqual({ vae: "vae.", text_encoder: "te.model.", transformer: "x." });
});

it("takes no image encoder or CLIP for a text encoder, and nothing for what is none", () => {
  expect(found("visual.layers.0.self_attn.q_proj.weight")).toEqual({});
  expect(found("text_model.encoder.layers.0.self_attn.q_proj.weight")).toEqual({});
  expect(found("v.blk.0.attn_q.weight")).toEqual({});
  expect(found("double_blocks.0.img_attn.qkv.weight", "lora_A.weight")).toEqual({});
});
