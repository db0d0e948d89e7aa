import type { Checkpoint } from "../checkpoint.ts";

/** What a tensor of a LoRA file is within its module. The names of LyCORIS are its own. */
export type LoraPart = "down" | "up" | "mid" | "alpha" | "magnitude" | LokrPart | LohaPart;
type LokrPart = "lokr_w1" | "lokr_w1_a" | "lokr_w1_b" | "lokr_w2" | "lokr_w2_a" | "lokr_w2_b" | "lokr_t2";
type LohaPart = "hada_w1_a" | "hada_w1_b" | "hada_w2_a" | "hada_w2_b" | "hada_t1" | "hada_t2";

/**
 * `module` is the key without its ending, as the file spells it; `target` the linear layer it is for (its weight
 * without `.weight`), or `….attention.qkv` for query, key and value in one. `leftOut` tells what a tensor is for that a
 * LoRA cannot change here.
 */
export type LoraKey =
  | { readonly module: string; readonly target: string; readonly part: LoraPart }
  | { readonly leftOut: string };

export const fusedAttention = /\.attention\.qkv$/;

/** `pipe.dit.` is DiffSynth's, `module.` that of a training on several devices. */
const dottedPrefixes = [
  "base_model.model.",
  "module.",
  "pipe.",
  "dit.",
  "transformer.",
  "model.",
  "diffusion_model.",
  "unet.",
];
/**
 * Dots of the layer become underscores after these. VideoX-Fun writes two underscores, SimpleTuner the name of its
 * library.
 */
const underscoredPrefix =
  /^(?:lora_unet|lora_transformer|lora_dit|lora|lycoris|lokr|loha)_+(?:(?:transformer|diffusion_model|unet)_)?/;

/** PEFT puts the name of the adapter before `.weight`: `default`, or any other. */
const endings: readonly (readonly [RegExp, LoraPart])[] = [
  [/\.(?:lora_A|lora_down|lora\.down|lora_linear_layer\.down)(?:\.[^.]+)?(?:\.weight)?$/, "down"],
  [/\.(?:lora_B|lora_up|lora\.up|lora_linear_layer\.up)(?:\.[^.]+)?(?:\.weight)?$/, "up"],
  [/\.lora_mid(?:\.weight)?$/, "mid"],
  [/\.(?:lora\.)?(?:alpha|lora_alpha|network_alpha)$/, "alpha"],
  [/\.(?:dora_scale|lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?)$/, "magnitude"],
];
const lycorisEnding = /\.(lokr_(?:w[12](?:_[ab])?|t2)|hada_(?:w[12]_[ab]|t[12]))(?:\.[^.]+)?(?:\.weight)?$/;

const elsewhere: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:base_model\.model\.)?(?:text_encoders?|text_model|te\d?|lora_te\d?|lycoris_te\d?|qwen\w*|clip_l|t5\w*)[._]/,
    "the text encoder",
  ],
  [/[._](?:self_attn|mlp)[._](?:[qkvo]_proj|gate_proj|up_proj|down_proj)[._]/, "the text encoder"],
  [/^(?:vae|first_stage_model|lora_vae)[._]/, "the autoencoder"],
  [/\.lora_(?:A|B|up|down)(?:\.[^.]+)?\.bias$/, "biases"],
  [/\.(?:diff|diff_b|set_weight|reshape_weight)$/, "whole weights instead of low-rank ones"],
  [
    /\.(?:oft_\w+|boft_\w+|a1|a2|b1|b2|w_norm|b_norm)(?:\.weight)?$/,
    "a method that is none of LoRA, LoKr, LoHa and DoRA",
  ],
];

/** Other names of layers: those of the ComfyUI file, and shorter ones. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/\.attention\.to_out\.0$/, ".attention.out"],
  [/\.attention\.to_out\.0$/, ".attention.to_out"],
  [/\.attention\.qkv$/, ".attention.to_qkv"],
  [/^all_x_embedder\.2-1$/, "x_embedder"],
  [/^all_final_layer\.2-1\./, "final_layer."],
];

/** Reads a LoRA file's keys for the linear layers of `base`. */
export function loraKey(base: Checkpoint): (key: string) => LoraKey {
  const layers = Array.from(base.tensors)
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
  const fused = layers.filter((name) => name.endsWith(".attention.to_q")).map((name) => name.replace(/to_q$/, "qkv"));
  const dotted = new Map<string, string>();
  for (const target of [...layers, ...fused]) {
    for (const [pattern, replacement] of aliases) dotted.set(target.replace(pattern, replacement), target);
  }
  for (const target of [...layers, ...fused]) dotted.set(target, target);
  // Underscores cannot be turned back into dots, but the model's own names can be turned into underscores.
  const underscored = new Map(Array.from(dotted, ([name, target]) => [name.replaceAll(".", "_"), target]));

  return (key) => {
    const other = elsewhere.find(([pattern]) => pattern.test(key));
    if (other) return { leftOut: other[1] };
    const ending = partOf(key);
    if (!ending) return { leftOut: "something that is not known" };
    const target = targetOf(ending.module);
    return target === undefined ? { leftOut: "layers that this model does not have" } : { ...ending, target };
  };

  function targetOf(module: string): string | undefined {
    let name = module;
    for (const prefix of dottedPrefixes) if (name.startsWith(prefix)) name = name.slice(prefix.length);
    if (underscoredPrefix.test(name)) return underscored.get(name.replace(underscoredPrefix, ""));
    return dotted.get(name) ?? underscored.get(name.replace(/^(?:transformer|diffusion_model|unet|dit)_/, ""));
  }
}

function partOf(key: string): { readonly module: string; readonly part: LoraPart } | undefined {
  const lycoris = lycorisEnding.exec(key);
  if (lycoris) return { module: key.slice(0, lycoris.index), part: lycoris[1] as LokrPart | LohaPart };
  for (const [pattern, part] of endings) {
    const found = pattern.exec(key);
    if (found) return { module: key.slice(0, found.index), part };
  }
  return undefined;
}
