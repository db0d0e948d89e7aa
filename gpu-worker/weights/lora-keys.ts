import type { Checkpoint } from "./checkpoint.ts";

/** What a tensor of a LoRA file is: matrix A, matrix B, or the number that scales them. */
export type LoraPart = "down" | "up" | "alpha";

/** `target` is a linear layer's weight without `.weight`, or `….attention.qkv` for query, key and value in one. */
export type LoraKey = { readonly target: string; readonly part: LoraPart } | { readonly problem: string };

const prefixes = ["base_model.model.", "transformer.", "model.diffusion_model.", "diffusion_model."];
/** Dots of the layer become underscores after these. */
const kohyaPrefixes = ["lora_unet_", "lora_transformer_"];
const textEncoderKey = /^(text_encoder|text_model|lora_te\d?)[._]/;

/** PEFT leaves the name of the adapter, `default`, in files saved without diffusers. */
const endings: readonly (readonly [RegExp, LoraPart])[] = [
  [/\.(lora_A(\.default)?|lora_down|lora\.down)\.weight$/, "down"],
  [/\.(lora_B(\.default)?|lora_up|lora\.up)\.weight$/, "up"],
  [/\.alpha$/, "alpha"],
];

const otherKinds: readonly (readonly [RegExp, string])[] = [
  [/dora_scale$|lora_magnitude_vector/, "is of a DoRA, which is not supported; train or export it as a plain LoRA"],
  [/\.lokr_/, "is of a LoKr (LyCORIS), which is not supported; export it as a plain LoRA"],
  [/\.hada_/, "is of a LoHa (LyCORIS), which is not supported; export it as a plain LoRA"],
  [/\.lora_mid\./, "is of a convolutional LoRA (lora_mid), which is not supported"],
  [/\.(diff|diff_b)$/, "is a whole weight difference, which is not supported; export it as a plain LoRA"],
];

/** The ComfyUI file's names for layers, where they differ. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/\.attention\.out$/, ".attention.to_out.0"],
  [/\.attention\.to_out$/, ".attention.to_out.0"],
  [/^x_embedder$/, "all_x_embedder.2-1"],
  [/^final_layer\./, "all_final_layer.2-1."],
];

/** Reads a LoRA file's keys for the linear layers of `base`. */
export function loraKey(base: Checkpoint): (key: string) => LoraKey {
  const layers = Array.from(base.tensors)
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
  const fused = layers.filter((name) => name.endsWith(".attention.to_q")).map((name) => name.replace(/to_q$/, "qkv"));
  const known = new Set([...layers, ...fused]);
  const targetOf = (name: string): string | undefined => {
    const target = renamed.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), name);
    return known.has(target) ? target : undefined;
  };
  // Underscores cannot be turned back into dots, but the model's own names can be turned into underscores.
  const underscored = new Map([...known].map((target) => [target.replaceAll(".", "_"), target]));
  for (const target of known) {
    if (target.endsWith(".to_out.0"))
      underscored.set(target.replace(/\.to_out\.0$/, ".out").replaceAll(".", "_"), target);
  }

  return (key) => {
    if (textEncoderKey.test(key)) {
      return {
        problem: "is for the text encoder, which a LoRA cannot change here; export the transformer's part alone",
      };
    }
    const otherKind = otherKinds.find(([pattern]) => pattern.test(key));
    if (otherKind) return { problem: otherKind[1] };
    const ending = endings.find(([pattern]) => pattern.test(key));
    if (!ending) {
      return { problem: "is not of a plain LoRA; expected lora_A, lora_B, lora_down, lora_up or alpha" };
    }
    const [pattern, part] = ending;
    const target = moduleTarget(key.replace(pattern, ""));
    if (target === undefined)
      return { problem: `is for a layer that ${base.folder} does not have; the LoRA is for another model` };
    return { target, part };
  };

  function moduleTarget(module: string): string | undefined {
    const kohya = kohyaPrefixes.find((prefix) => module.startsWith(prefix));
    if (kohya !== undefined) return underscored.get(module.slice(kohya.length));
    let name = module;
    for (const prefix of prefixes) if (name.startsWith(prefix)) name = name.slice(prefix.length);
    return targetOf(name);
  }
}
