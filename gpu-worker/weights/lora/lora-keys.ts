import type { Checkpoint } from "../checkpoint.ts";

/**
 * What a tensor of a LoRA file is within its module. The names of LyCORIS are its own; `whole` is what is added to a
 * matrix as it is, as files have it that were taken from the difference of two models.
 */
export type LoraPart = "down" | "up" | "mid" | "alpha" | "magnitude" | "whole" | LokrPart | LohaPart;
type LokrPart = "lokr_w1" | "lokr_w1_a" | "lokr_w1_b" | "lokr_w2" | "lokr_w2_a" | "lokr_w2_b" | "lokr_t2";
type LohaPart = "hada_w1_a" | "hada_w1_b" | "hada_w2_a" | "hada_w2_b" | "hada_t1" | "hada_t2";

/**
 * `module` is the key without its ending, as the file spells it; `target` the linear layer it is for (its weight
 * without `.weight`), or `….attention.qkv` for query, key and value in one. `vector` is the weight of a norm, or a
 * bias, to which a tensor is added. `leftOut` tells what a tensor is for that a LoRA cannot change here.
 */
export type LoraKey =
  | { readonly module: string; readonly target: string; readonly part: LoraPart }
  | { readonly vector: string }
  | { readonly leftOut: string };

export const fusedAttention = /\.attention\.qkv$/;

/**
 * `pipe.dit.` is DiffSynth's, `module.` that of a training on several devices, `diffusion_model.transformer.`
 * SimpleTuner's.
 */
const dottedPrefix = /^(?:base_model\.model|module|pipe|dit|transformer|model|diffusion_model|unet|net)\./;
/** What training frameworks put between the names of layers. */
const wrapper = /(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;
/**
 * Dots of the layer become underscores after these. VideoX-Fun writes two underscores, SimpleTuner the name of its
 * library.
 */
const underscoredPrefix =
  /^(?:lora_unet|lora_transformer|lora_dit|lora|lycoris|lokr|loha)_+(?:(?:transformer|diffusion_model|unet)_)?/i;

/** PEFT puts the name of the adapter before `.weight`: `default`, or any other. */
const endings: readonly (readonly [RegExp, LoraPart])[] = [
  [/\.(?:lora_A|lora_down|lora\.down|lora_linear_layer\.down)(?:\.[^.]+)?(?:\.weight)?$/, "down"],
  [/\.(?:lora_B|lora_up|lora\.up|lora_linear_layer\.up)(?:\.[^.]+)?(?:\.weight)?$/, "up"],
  [/\.lora_mid(?:\.weight)?$/, "mid"],
  [/\.(?:lora\.)?(?:alpha|lora_alpha|network_alpha)$/, "alpha"],
  [/\.(?:(?:lokr_|loha_)?dora_scale|lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?)$/, "magnitude"],
  [/\.diff$/, "whole"],
];
/** What ComfyUI's training and tools that compare two models write for norms and biases, and LyCORIS for norms. */
const vectorEnding = /\.(?:(diff|w_norm)|diff_b|b_norm)$/;
const lycorisEnding = /\.(lokr_(?:w[12](?:_[ab])?|t2)|hada_(?:w[12]_[ab]|t[12]))(?:\.[^.]+)?(?:\.weight)?$/;

const notRead = "which is not read here; merge it into the model, or train or export it as LoRA, LoKr or LoHa";
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:base_model\.model\.)?(?:text_encoders?|text_model|te\d?|lora_te\d?|lycoris_te\d?|qwen\w*|clip_l|t5\w*)[._]/,
    "the text encoder",
  ],
  [/[._](?:self_attn|mlp)[._](?:[qkvo]_proj|gate_proj|up_proj|down_proj)[._]/, "the text encoder"],
  [/^(?:vae|first_stage_model|lora_vae)[._]/, "the autoencoder"],
  [/\.lora_(?:A|B|up|down)(?:\.[^.]+)?\.bias$/, "biases of low-rank matrices"],
  [/\.(?:set_weight|reshape_weight)$/, `weights of another size, ${notRead}`],
  [/\.(?:oft_\w+|boft_\w+|rescale)(?:\.[^.]+)?(?:\.weight)?$/, `OFT or BOFT, ${notRead}`],
  [/\.(?:a1|a2|b1|b2|bm1|bm2)(?:\.weight)?$/, `GLoRA, ${notRead}`],
  [/\.(?:ia3_l(?:\.[^.]+)?|on_input)$/, `IA3, ${notRead}`],
  [/\.(?:lora_E|ranknum)(?:\.[^.]+)?$/, `AdaLoRA, ${notRead}`],
  [/\.vera_lambda_\w+(?:\.[^.]+)?$/, `VeRA, ${notRead}`],
];

/** Other names of layers: those of the ComfyUI file, and shorter ones. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/\.attention\.to_out\.0$/, ".attention.out"],
  [/\.attention\.to_out\.0$/, ".attention.to_out"],
  [/\.attention\.qkv$/, ".attention.to_qkv"],
  [/^all_x_embedder\.2-1$/, "x_embedder"],
  [/^all_final_layer\.2-1\./, "final_layer."],
  [/^all_x_embedder\.2-1\./, "x_embedder."],
  [/\.attention\.norm_([qk])\.weight$/, ".attention.$1_norm.weight"],
];

/** Reads a LoRA file's keys for the linear layers, norms and biases of `base`. */
export function loraKey(base: Checkpoint): (key: string) => LoraKey {
  const layers = Array.from(base.tensors)
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
  const fused = layers.filter((name) => name.endsWith(".attention.to_q")).map((name) => name.replace(/to_q$/, "qkv"));
  const targetOf = moduleFinder([...layers, ...fused]);
  const vectors = Array.from(base.tensors).filter(([, { shape }]) => shape.length === 1);
  const vectorOf = moduleFinder(vectors.map(([name]) => name));

  return (key) => {
    const other = elsewhere.find(([pattern]) => pattern.test(key));
    if (other) return { leftOut: other[1] };
    const vector = vectorEnding.exec(key);
    const name = vector && vectorOf(key.slice(0, vector.index) + (vector[1] ? ".weight" : ".bias"));
    if (name) return { vector: name };
    const ending = partOf(key);
    if (!ending) return { leftOut: vector ? unknownLayers : "something that is not known" };
    const target = targetOf(ending.module);
    return target === undefined ? { leftOut: unknownLayers } : { ...ending, target };
  };
}

const unknownLayers = "layers that this model does not have";

/** Finds one of `names` by what a file calls it: with a prefix, by ComfyUI's names, with underscores for dots. */
function moduleFinder(names: readonly string[]): (module: string) => string | undefined {
  const dotted = new Map<string, string>();
  for (const target of names) {
    for (const [pattern, replacement] of aliases) dotted.set(target.replace(pattern, replacement), target);
  }
  for (const target of names) dotted.set(target, target);
  // Underscores cannot be turned back into dots, but the model's own names can be turned into underscores.
  const underscored = new Map(Array.from(dotted, ([name, target]) => [withUnderscores(name), target]));
  return (module) => {
    let name = module.replace(wrapper, "");
    while (dottedPrefix.test(name)) name = name.replace(dottedPrefix, "");
    if (underscoredPrefix.test(name)) return underscored.get(withUnderscores(name.replace(underscoredPrefix, "")));
    const bare = name.replace(/^(?:transformer|diffusion_model|unet|dit)_/, "");
    // ComfyUI's training keeps `.weight` before its own ending; a tool of diffusers made dots of all underscores.
    return dotted.get(name) ?? dotted.get(name.replace(/\.weight$/, "")) ?? underscored.get(withUnderscores(bare));
  };
}

function withUnderscores(name: string): string {
  return name.replace(/[.-]/g, "_");
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
