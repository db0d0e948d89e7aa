import type { Component } from "./folder/component-config.ts";
import type { StoredTensor } from "./formats/safetensors.ts";

/**
 * A name of each component, in any spelling that `checkpoint-names.ts` knows, after whatever a file puts before it:
 * nothing, `model.diffusion_model.`, `vae.`, `text_encoders.qwen3_4b.transformer.model.` and the like.
 */
const telltales: Readonly<Record<Component, RegExp>> = {
  transformer:
    /^(?<prefix>(?:[\w-]+\.)*?)(?:(?:noise_refiner|context_refiner|layers)\.\d+\.(?:attention|feed_forward|adaLN_modulation|attention_norm\d|ffn_norm\d)\.|cap_embedder\.|all_x_embedder\.|final_layer\.)/,
  text_encoder:
    /^(?<prefix>(?:[\w-]+\.)*?)(?:layers\.\d+\.(?:self_attn|mlp|input_layernorm|post_attention_layernorm)\.|embed_tokens\.|blk\.\d+\.attn_q\.|token_embd\.)/,
  vae: /^(?<prefix>(?:[\w-]+\.)*?)(?:encoder|decoder)\.(?:conv_in|conv_out|mid\.|mid_block\.|up\.|up_blocks\.|down\.|down_blocks\.)/,
};
/** Encoders of images, and CLIP's of text, are built of layers with the same names. */
const ofOthers = /(^|\.)(v|vis|visual|vision\w*|encoder)\.(?=.*(layers|blk)\.)/;

/**
 * The components that lie in one file (or folder), each with what stands before its names.
 * @returns empty for files of something else, and for pieces too small to tell
 */
export function componentsOfFile(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<Component, string> {
  const found = new Map<Component, string>();
  for (const name of tensors.keys()) {
    for (const component of ["transformer", "text_encoder", "vae"] as const) {
      if (found.has(component)) continue;
      const prefix = telltales[component].exec(name)?.groups?.prefix;
      if (prefix !== undefined && !ofOthers.test(name)) found.set(component, prefix);
    }
    if (found.size === 3) break;
  }
  return found;
}
