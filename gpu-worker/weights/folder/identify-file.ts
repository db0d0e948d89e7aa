import { existsSync } from "node:fs";
import { basename } from "node:path";
import { PipelineError } from "../../../shared/errors.ts";
import { weightsAt } from "../checkpoint.ts";
import { toReferenceNames } from "../checkpoint-names.ts";
import { componentsOfFile } from "../components-of-file.ts";
import type { StoredTensor } from "../formats/safetensors.ts";
import type { Component } from "./component-config.ts";
import { shardCount } from "./part-files.ts";

/** What one component in a file must have in common with the others of its model. */
export interface IdentifiedPart {
  /**
   * Whether the file belongs to Z-Image: another model's transformer, text encoder or autoencoder has the same kind of
   * names, and other shapes or other tensors beside.
   */
  readonly isOurs: boolean;
  /** Width of the text features that the transformer reads and the text encoder gives. */
  readonly textWidth?: number;
  /** Channels of the latents that the transformer draws and the VAE decodes. */
  readonly latentChannels?: number;
  /** Whether values were rounded to fewer than 16 bits. */
  readonly isQuantized: boolean;
}

export type IdentifiedFile =
  | {
      readonly path: string;
      readonly parts: ReadonlyMap<Component, IdentifiedPart>;
      /** What it is, for people. */
      readonly holds: string;
    }
  /** Why it cannot be read. */
  | { readonly path: string; readonly problem: string };

/** Names of a part that only another model has. */
const foreign: Readonly<Record<Component, RegExp>> = {
  transformer: /^(double_blocks|single_blocks|transformer_blocks|blocks)\.\d/,
  text_encoder: /(^|\.)(visual|vision\w*|v\.blk)\./,
  vae: /^(encoder|decoder)\.(middle|downsamples|upsamples)\./,
};

/** What lies in a weights file, or a folder of shards, by the names and shapes in the header; no weight is read. */
export function identifyFile(path: string): IdentifiedFile {
  if (!existsSync(path)) return { path, problem: `${path}: leads nowhere; the file that it links to is gone` };
  const shards = shardCount(path);
  if (shards !== undefined) {
    const index = basename(path).replace(/-\d{5}-of-\d{5}\.safetensors$/i, ".safetensors.index.json");
    const remedy = `name its folder, with all of them and ${index} of the same repository in it`;
    return { path, problem: `${path}: is one of ${shards} shards; ${remedy}` };
  }
  let tensors: ReadonlyMap<string, StoredTensor>;
  try {
    tensors = weightsAt(path);
  } catch (error) {
    if (error instanceof PipelineError || (error as NodeJS.ErrnoException).syscall) {
      return { path, problem: (error as Error).message };
    }
    throw error;
  }
  return identifyTensors(path, tensors);
}

/** What lies in a weights file whose header has been read. */
export function identifyTensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): Extract<IdentifiedFile, { holds: string }> {
  const parts = new Map<Component, IdentifiedPart>();
  for (const component of componentsOfFile(tensors).keys()) {
    const own = toReferenceNames(path, tensors, component);
    const isForeign = (component === "text_encoder" ? tensors : own)
      .keys()
      .some((name) => foreign[component].test(name));
    parts.set(component, { ...describe[component](own, isForeign), isQuantized: own.values().some(isRounded) });
  }
  return { path, parts, holds: contentOf(tensors, parts) };
}

const kinds: Readonly<Record<Component, string>> = {
  transformer: "a transformer",
  text_encoder: "a text encoder",
  vae: "an autoencoder",
};

function contentOf(tensors: ReadonlyMap<string, StoredTensor>, parts: ReadonlyMap<Component, IdentifiedPart>): string {
  const has = (pattern: RegExp) => tensors.keys().some((name) => pattern.test(name));
  if (has(/[._](lora_|lora\.|lokr_|hada_|b?oft_|diff$|diff_b$)/)) return "a LoRA";
  if (has(/^control_/)) return "a ControlNet";
  const found = Array.from(parts, ([part, { isOurs }]) => kinds[part] + (isOurs ? "" : " of another model"));
  return found.join(" and ") || "no part of Z-Image";
}

type Describe = (tensors: ReadonlyMap<string, StoredTensor>, isForeign: boolean) => Omit<IdentifiedPart, "isQuantized">;

const describe: Readonly<Record<Component, Describe>> = {
  // Lumina 2 has the same names, but for the pad tokens.
  transformer: (tensors, isForeign) => ({
    isOurs: !isForeign && (tensors.has("x_pad_token") || tensors.has("cap_pad_token")),
    textWidth: tensors.get("cap_embedder.1.weight")?.shape[1],
    latentChannels: divided(tensors.get("all_x_embedder.2-1.weight")?.shape[1], 4),
  }),
  text_encoder: (tensors, isForeign) => ({
    isOurs: !isForeign,
    textWidth:
      tensors.get("model.embed_tokens.weight")?.shape[1] ??
      tensors.entries().find(([name]) => name.endsWith(".input_layernorm.weight"))?.[1].shape[0],
  }),
  vae: (tensors, isForeign) => {
    const first = tensors.get("decoder.conv_in.weight")?.shape;
    // A video's has a fifth axis.
    return { isOurs: !isForeign && (first === undefined || first.length === 4), latentChannels: first?.[1] };
  },
};

function divided(size: number | undefined, by: number): number | undefined {
  return size === undefined ? undefined : size / by;
}

function isRounded({ dtype, codes, ggml, blocks, rowScales }: StoredTensor): boolean {
  return Boolean(codes || ggml || blocks || rowScales) || dtype.startsWith("F8_");
}
