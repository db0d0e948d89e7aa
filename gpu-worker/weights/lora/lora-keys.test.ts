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
  // SimpleTuner, a run of several devices or compiled, ComfyUI's training, kohya with every sign an underscore, a tool
  // that made dots of all underscores
  [`diffusion_model.transformer.${query}.lora_A.weight`, query, "down"],
  [`transformer.transformer.${query}.lora_B.weight`, query, "up"],
  [`base_model.model._orig_mod.${query}.lora_A.weight`, query, "down"],
  ["layers.0._fsdp_wrapped_module._checkpoint_wrapped_module.attention.to_q.lora_A.weight", query, "down"],
  ["diffusion_model.layers.0.attention.qkv.weight.lora_up.weight", "layers.0.attention.qkv", "up"],
  ["lora_unet_all_final_layer_2_1_linear.lora_down.weight", "all_final_layer.2-1.linear", "down"],
  ["lora_unet_all_x_embedder_2_1.lora_up.weight", "all_x_embedder.2-1", "up"],
  ["lora_unet_final_layer_adaLN_modulation_1.alpha", "all_final_layer.2-1.adaLN_modulation.1", "alpha"],
  ["context.refiner.0.attention.to.q.lora.up.weight", "context_refiner.0.attention.to_q", "up"],
  ["context.refiner.0.attention.out.lora.down.weight", "context_refiner.0.attention.to_out.0", "down"],
  [`transformer.${query}.lokr_dora_scale`, query, "magnitude"],
  ["diffusion_model.layers.0.attention.qkv.diff", "layers.0.attention.qkv", "whole"],
])("%s is for %s", (key, target, part) => {
  expect(read(key)).toMatchObject({ target, part });
});

it.each([
  ["lora_te1_text_model_encoder_layers_0_self_attn_q_proj.alpha", "the text encoder"],
  ["qwen3_4b.model.layers.0.mlp.up_proj.lora_A.weight", "the text encoder"],
  ["lora_vae_decoder_conv_in.lora_up.weight", "the autoencoder"],
  [`${query}.lora_B.bias`, "biases of low-rank matrices"],
  // A layer without a bias, and what is no norm.
  [`${query}.diff_b`, "layers that this model does not have"],
  ["x_pad_token.diff", "layers that this model does not have"],
  ["layers.99.attention.to_q.lora_A.weight", "layers that this model does not have"],
  [`${query}.on_output`, "something that is not known"],
])("%s is left out as %s", (key, leftOut) => {
  expect(read(key)).toEqual({ leftOut });
});

it.each([
  [`${query}.oft_blocks`, "OFT or BOFT"],
  [`transformer.${query}.oft_R.weight`, "OFT or BOFT"],
  [`${query}.oft_R.default.weight`, "OFT or BOFT"],
  ["boft_unet_layers_0_attention_to_q.boft_R.default", "OFT or BOFT"],
  ["lora_unet_layers_0_attention_to_q.a1.weight", "GLoRA"],
  ["lora_unet_layers_0_attention_to_q.on_input", "IA3"],
  [`${query}.lora_E.default`, "AdaLoRA"],
  [`${query}.vera_lambda_b.default`, "VeRA"],
  [`${query}.set_weight`, "weights of another size"],
])("%s is named %s, with what to do", (key, method) => {
  const remedy = "which is not read here; merge it into the model, or train or export it as LoRA, LoKr or LoHa";
  expect(read(key)).toEqual({ leftOut: `${method}, ${remedy}` });
});

it.each([
  ["diffusion_model.layers.0.attention.q_norm.diff", "layers.0.attention.norm_q.weight"],
  ["diffusion_model.layers.0.attention_norm1.diff", "layers.0.attention_norm1.weight"],
  ["lora_unet_layers_0_ffn_norm2.w_norm", "layers.0.ffn_norm2.weight"],
  ["lora_unet_cap_embedder_0.diff", "cap_embedder.0.weight"],
  ["diffusion_model.x_embedder.diff_b", "all_x_embedder.2-1.bias"],
  ["diffusion_model.final_layer.linear.diff_b", "all_final_layer.2-1.linear.bias"],
  ["transformer.layers.0.adaLN_modulation.0.diff_b", "layers.0.adaLN_modulation.0.bias"],
])("%s is added to %s", (key, vector) => {
  expect(read(key)).toEqual({ vector });
});
