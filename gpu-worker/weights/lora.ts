import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import type { LowRankBranch } from "../graph/graph-builder.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readSafetensors, readTensor, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";
import { toWeight } from "./weight-source.ts";

/** A LoRA file and how strongly to apply it. */
export interface LoraFile {
  readonly path: string;
  /** 1 is as trained; 0 is nothing. @default 1 */
  readonly scale?: number;
}

interface LoraTensors {
  down?: StoredTensor;
  up?: StoredTensor;
  alpha?: StoredTensor;
}

const prefixes = ["transformer.", "model.diffusion_model.", "diffusion_model."];
const kohyaPrefix = "lora_unet_";

/** Endings of the three key styles; `default` is the adapter name that PEFT may leave in. */
const endings: readonly (readonly [RegExp, keyof LoraTensors])[] = [
  [/\.(lora_A(\.default)?|lora_down|lora\.down)\.weight$/, "down"],
  [/\.(lora_B(\.default)?|lora_up|lora\.up)\.weight$/, "up"],
  [/\.alpha$/, "alpha"],
];

/**
 * Branches per linear layer of `base`, of all files together: `W x + scale · (alpha / rank) · B (A x)`. Understands the key styles of diffusers (`transformer.… .lora_A`),
 * ComfyUI and ai-toolkit (`diffusion_model.…`), and kohya and musubi (`lora_unet_…`, dots as underscores). Without an alpha, alpha is the rank.
 * @throws InvalidFileError naming file and key for a layer that the model lacks, a shape that does not fit it, or a kind of adapter that is not a plain LoRA
 */
export function readLoras(files: readonly LoraFile[], base: Checkpoint): Map<string, readonly LowRankBranch[]> {
  const branches = new Map<string, readonly LowRankBranch[]>();
  files.forEach((file, index) => {
    for (const [target, branch] of readLora(file, base, `lora ${index}`)) {
      branches.set(target, [...(branches.get(target) ?? []), branch]);
    }
  });
  return branches;
}

function readLora({ path, scale = 1 }: LoraFile, base: Checkpoint, label: string): Map<string, LowRankBranch> {
  const file = readSafetensors(path);
  const found = new Map<string, LoraTensors>();
  const targetOf = targetFinder(base);
  for (const [key, tensor] of file.tensors) {
    const ending = endings.find(([pattern]) => pattern.test(key));
    if (!ending) {
      throw new InvalidFileError(
        `${path}: key ${key} is not of a plain LoRA; expected lora_A, lora_B, lora_down, lora_up or alpha`,
      );
    }
    const module = key.replace(ending[0], "");
    const target = targetOf(module);
    if (target === undefined) {
      throw new InvalidFileError(
        `${path}: key ${key} is for a layer that ${base.folder} does not have; the LoRA is for another model`,
      );
    }
    const tensors = found.get(target) ?? {};
    if (tensors[ending[1]])
      throw new InvalidFileError(`${path}: key ${key} gives ${ending[1]} of ${target} a second time`);
    tensors[ending[1]] = tensor;
    found.set(target, tensors);
  }
  if (found.size === 0) throw new InvalidFileError(`${path}: expected LoRA tensors, found none`);
  const fileAlpha = metadataAlpha(file);
  return new Map(
    Array.from(found, ([target, tensors]) => {
      const { down, up } = tensors;
      if (!down || !up)
        throw new InvalidFileError(`${path}: ${target} has ${down ? "no up (B)" : "no down (A)"} matrix`);
      const [out, features] = base.tensors.get(`${target}.weight`)!.shape;
      const [rank = 0] = down.shape;
      if (down.shape.join() !== `${rank},${features}` || up.shape.join() !== `${out},${rank}` || rank < 1) {
        throw new InvalidFileError(
          `${path}: ${target} is [${out}, ${features}]; expected A [rank, ${features}] and B [${out}, rank], got [${down.shape}] and [${up.shape}]`,
        );
      }
      const alpha = tensors.alpha ? scalarOf(path, target, tensors.alpha) : (fileAlpha ?? rank);
      const name = `${label} ${target}`;
      const branch = { name, down: toWeight(target, down), up: toWeight(target, up), scale: (scale * alpha) / rank };
      return [target, branch];
    }),
  );
}

/** Maps a key without its ending to the name of a linear layer of the model. */
function targetFinder(base: Checkpoint): (module: string) => string | undefined {
  const targets = Array.from(base.tensors)
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
  const known = new Set(targets);
  // Underscores cannot be turned back into dots, but the model's own names can be turned into underscores.
  const kohya = new Map(targets.map((target) => [target.replaceAll(".", "_"), target]));
  return (module) => {
    if (module.startsWith(kohyaPrefix)) return kohya.get(module.slice(kohyaPrefix.length));
    const prefix = prefixes.find((candidate) => module.startsWith(candidate)) ?? "";
    const target = module.slice(prefix.length).replace(/\.attention\.out$/, ".attention.to_out.0");
    return known.has(target) ? target : undefined;
  };
}

function scalarOf(path: string, target: string, alpha: StoredTensor): number {
  const values = readTensor(alpha.length <= 4 ? alpha : refuse(path, target, alpha));
  const [value = Number.NaN] = values;
  if (values.length !== 1 || !Number.isFinite(value)) refuse(path, target, alpha);
  return value;
}

function refuse(path: string, target: string, { shape }: StoredTensor): never {
  throw new InvalidFileError(`${path}: alpha of ${target} must be one finite number, got a tensor [${shape}]`);
}

const adapterMetadata = z.looseObject({
  "transformer.lora_alpha": z.number().optional(),
  "transformer.alpha_pattern": z
    .record(z.string(), z.unknown())
    .refine((pattern) => Object.keys(pattern).length === 0, "alpha per layer is not supported")
    .optional(),
  "transformer.use_dora": z.literal(false, "DoRA is not supported").optional(),
});

/** The alpha that diffusers writes into the file's metadata, for files without alpha tensors. */
function metadataAlpha({ path, metadata }: SafetensorsFile): number | undefined {
  const text = metadata.get("lora_adapter_metadata");
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidFileError(`${path}: lora_adapter_metadata is not JSON`, { cause });
  }
  const parsed = adapterMetadata.safeParse(value);
  if (parsed.success) return parsed.data["transformer.lora_alpha"];
  const [issue] = parsed.error.issues;
  throw new InvalidFileError(`${path}: lora_adapter_metadata: ${issue?.path.join(".")}: ${issue?.message}`);
}
