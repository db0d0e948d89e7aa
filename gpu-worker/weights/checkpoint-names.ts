import { InvalidFileError } from "../../shared/errors.ts";
import { componentsOfFile } from "./components-of-file.ts";
import type { Component } from "./folder/component-config.ts";
import type { StoredTensor } from "./formats/safetensors.ts";
import { sliceRows } from "./tensor-values.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/** What stands before the names of files in which no component can be told. */
const knownPrefixes = ["model.diffusion_model.", "diffusion_model.", "first_stage_model.", "vae."];

/**
 * The tensors of one component under the names of the Hugging Face folders, which the graphs use, whatever names the
 * file gave them. Known are the transformer as ComfyUI and GGUF files spell it (with fused query, key and value), the
 * Flux autoencoder under its original names, Qwen3 as llama.cpp spells it and as `save_pretrained()` of the bare model
 * does; each after any prefix, and beside other components. Names that are the graphs' own already are left alone; no
 * value is read or copied.
 * @param path - for messages
 * @param component - which of a file's components; the transformer, else the only one, when nobody says
 */
export function toReferenceNames(path: string, tensors: Tensors, component?: Component): Tensors {
  const components = componentsOfFile(tensors);
  const [only] = components.keys();
  const wanted = component ?? (components.has("transformer") ? "transformer" : only);
  const found = wanted && components.get(wanted);
  const others = [...components].filter(([other]) => other !== wanted).map(([, prefix]) => prefix);
  const prefix = found ?? knownPrefixes.find((known) => tensors.keys().some((name) => name.startsWith(known))) ?? "";
  const plain = prefix === "" && others.length === 0 ? tensors : new Map(ownTensors());
  const style = styles.find(({ telltale }) => plain.keys().some((name) => telltale.test(name)));
  if (!style)
    return plain.keys().some((name) => padToken.test(name)) ? new Map(plain.entries().map(withPadAxis)) : plain;
  const renamed = new Map<string, StoredTensor>();
  for (const [name, tensor] of plain) {
    for (const [newName, newTensor] of style.rename(name, tensor, path)) {
      if (renamed.has(newName)) throw new InvalidFileError(`${path}: ${newName} is there twice, once as ${name}`);
      renamed.set(newName, newTensor);
    }
  }
  return renamed;

  function* ownTensors(): Generator<[string, StoredTensor]> {
    for (const [name, tensor] of tensors) {
      const isOther = others.some((other) => other.length > prefix.length && name.startsWith(other));
      if (name.startsWith(prefix) && !isOther) yield [name.slice(prefix.length), tensor];
      // In a file with nothing else, names without the prefix belong to the model too.
      else if (others.length === 0) yield [name, tensor];
    }
  }
}

const padToken = /^(x|cap)_pad_token$/;

/** GGUF writers drop leading axes of one. */
function withPadAxis([name, tensor]: [string, StoredTensor]): [string, StoredTensor] {
  const isDropped = padToken.test(name) && tensor.shape.length === 1;
  return [name, isDropped ? { ...tensor, shape: [1, ...tensor.shape] } : tensor];
}

interface Style {
  /** A name that no other style has. */
  readonly telltale: RegExp;
  rename(name: string, tensor: StoredTensor, path: string): [string, StoredTensor][];
}

const comfyTransformer: Style = {
  telltale: /^(x_embedder\.|final_layer\.linear\.|layers\.\d+\.attention\.qkv\.)/,
  rename(name, tensor, path) {
    if (name === "norm_final.weight") return []; // in the file, in no network
    const qkv = /^(.*\.attention)\.qkv\.weight$/.exec(name);
    if (qkv) {
      const [rows = 0] = tensor.shape;
      if (rows % 3 !== 0) {
        throw new InvalidFileError(
          `${path}: tensor ${name}: expected three times as many rows as columns, got [${tensor.shape}]`,
        );
      }
      return ["to_q", "to_k", "to_v"].map((part, third) => [
        `${qkv[1]}.${part}.weight`,
        sliceRows(tensor, (third * rows) / 3, rows / 3),
      ]);
    }
    const newName = name
      .replace(/^x_embedder\./, "all_x_embedder.2-1.")
      .replace(/^final_layer\./, "all_final_layer.2-1.")
      .replace(/\.attention\.out\./, ".attention.to_out.0.")
      .replace(/\.attention\.([qk])_norm\./, ".attention.norm_$1.");
    return [withPadAxis([newName, tensor])];
  },
};

/** Up blocks count from the lowest resolution here and from the highest in the original. */
const fluxUpBlocks = 4;

const fluxVae: Style = {
  telltale: /^(encoder|decoder)\.mid\.block_1\./,
  rename(name, tensor) {
    const newName = name
      .replace(/\.mid\.block_([12])\./, (_, block) => `.mid_block.resnets.${Number(block) - 1}.`)
      .replace(/\.mid\.attn_1\.norm\./, ".mid_block.attentions.0.group_norm.")
      .replace(/\.mid\.attn_1\.([qkv])\./, ".mid_block.attentions.0.to_$1.")
      .replace(/\.mid\.attn_1\.proj_out\./, ".mid_block.attentions.0.to_out.0.")
      .replace(/\.down\.(\d)\.block\.(\d)\./, ".down_blocks.$1.resnets.$2.")
      .replace(/\.down\.(\d)\.downsample\./, ".down_blocks.$1.downsamplers.0.")
      .replace(
        /\.up\.(\d)\.block\.(\d)\./,
        (_, up, block) => `.up_blocks.${fluxUpBlocks - 1 - Number(up)}.resnets.${block}.`,
      )
      .replace(/\.up\.(\d)\.upsample\./, (_, up) => `.up_blocks.${fluxUpBlocks - 1 - Number(up)}.upsamplers.0.`)
      .replace(/\.nin_shortcut\./, ".conv_shortcut.")
      .replace(/^(encoder|decoder)\.norm_out\./, "$1.conv_norm_out.");
    // Its attention is 1×1 convolutions: the same numbers as linear layers.
    const [out, features, ...kernel] = tensor.shape;
    const isLinear = newName.includes(".attentions.0.to_") && kernel.length === 2 && kernel.every((size) => size === 1);
    return [[newName, isLinear ? { ...tensor, shape: [out!, features!] } : tensor]];
  },
};

const llamaCppLayers: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  ffn_norm: "post_attention_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const llamaCppQwen3: Style = {
  telltale: /^blk\.0\.attn_q\./,
  rename(name, tensor) {
    if (name === "token_embd.weight") return [["model.embed_tokens.weight", tensor]];
    if (name === "output_norm.weight") return [["model.norm.weight", tensor]];
    const layer = /^blk\.(\d+)\.([a-z_]+)\.weight$/.exec(name);
    const part = layer && llamaCppLayers[layer[2]!];
    return part ? [[`model.layers.${layer[1]}.${part}.weight`, tensor]] : [];
  },
};

/** Without what the graphs call `model.`: the prefix is stripped from every spelling, so that one rule puts it back. */
const bareQwen3: Style = {
  telltale: /^layers\.\d+\.(self_attn|mlp|input_layernorm|post_attention_layernorm)\./,
  rename: (name, tensor) => (/^(layers\.|embed_tokens\.|norm\.)/.test(name) ? [[`model.${name}`, tensor]] : []),
};

const styles: readonly Style[] = [comfyTransformer, fluxVae, llamaCppQwen3, bareQwen3];
