import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { loraKey } from "./lora-keys.ts";

const read = loraKey(openCheckpoint(goldenCheckpoint("tiny-turbo/transformer")));
const query = "layers.0.attention.to_q";
const output = "layers.0.attention.to_out.0";

it.each([
  [`${query}.lora_A.weight`, query, "down"],
  [`transformer.${query}.lora.up.weight`, query, "up"],
  [`base_model.model.${query}.lora_B.another_name.weight`, query, "up"],
  [`diffusion_model.${query}.lora_down.weight`, query, "down"],
  [`pipe.dit.${query}.lora_A.default.weight`, query, "down"],
  [`module.${query}.lora_B.weight`, query, "up"],
  [`model.${query}.lora_A.weight`, query, "down"],
  [`${query}.lora.alpha`, query, "alpha"],
  ["transformer_layers_0_attention_to_q.lora_up.weight", query, "up"],
  [`model.diffusion_model.${query}.lora_linear_layer.down.weight`, query, "down"],
  ["lora_unet_layers_0_attention_to_q.lora_down.weight", query, "down"],
  ["lora_unet__layers_0_attention_to_q.alpha", query, "alpha"],
  ["lycoris_layers_0_attention_to_q.lokr_w1_a", query, "lokr_w1_a"],
  ["lora_transformer_layers_0_attention_out.hada_t2", output, "hada_t2"],
  [`transformer.${query}.lora_magnitude_vector`, query, "magnitude"],
  [`${query}.dora_scale`, query, "magnitude"],
  ["diffusion_model.layers.0.attention.to_out.lora_A.weight", output, "down"],
  ["layers.0.attention.qkv.lora_mid.weight", "layers.0.attention.qkv", "mid"],
  ["diffusion_model.x_embedder.lora_A.weight", "all_x_embedder.2-1", "down"],
])("%s is for %s", (key, target, part) => {
  expect(read(key)).toMatchObject({ target, part });
});

it.each([
  ["lora_te1_text_model_encoder_layers_0_self_attn_q_proj.alpha", "the text encoder"],
  ["qwen3_4b.model.layers.0.mlp.up_proj.lora_A.weight", "the text encoder"],
  ["lora_vae_decoder_conv_in.lora_up.weight", "the autoencoder"],
  [`${query}.lora_B.bias`, "biases"],
  [`${query}.diff_b`, "whole weights instead of low-rank ones"],
  [`${query}.oft_blocks`, "a method that is none of LoRA, LoKr, LoHa and DoRA"],
  ["layers.99.attention.to_q.lora_A.weight", "layers that this model does not have"],
  [`${query}.on_input`, "something that is not known"],
])("%s is left out as %s", (key, leftOut) => {
  expect(read(key)).toEqual({ leftOut });
});
