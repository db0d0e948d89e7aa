import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readSafetensors, type SafetensorsFile, type StoredTensor } from "./formats/safetensors.ts";
import { type LoraPart, loraKey } from "./lora-keys.ts";
import { readTensor } from "./tensor-values.ts";

/** A LoRA file and how strongly to apply it. */
export interface LoraFile {
  readonly path: string;
  /** 1 is as trained; 0 is nothing. @default 1 */
  readonly scale?: number;
}

/** `y += scale · up(down x)` for one linear layer, with both matrices still in their file. */
export interface LoraLayer {
  /** The layer's weight without `.weight`. */
  readonly target: string;
  /** `[rank, in]` */
  readonly down: StoredTensor;
  /** `[out, rank]` */
  readonly up: StoredTensor;
  /** `alpha / rank`, without the strength that the user asks for. */
  readonly scale: number;
}

type LoraTensors = { [part in LoraPart]?: StoredTensor };

/**
 * The layers of one LoRA file. Understands the key styles of diffusers and PEFT (`transformer.… .lora_A`), ComfyUI and ai-toolkit (`diffusion_model.…`), and kohya and
 * musubi (`lora_unet_…`, dots as underscores), with query, key and value apart or in one. Without an alpha, alpha is the rank.
 * @throws InvalidFileError naming file and key for a layer that the model lacks, a shape that does not fit it, or a kind of adapter that is not a plain LoRA
 */
export function readLora(path: string, base: Checkpoint): LoraLayer[] {
  const file = readSafetensors(path);
  const found = new Map<string, LoraTensors>();
  const keyOf = loraKey(base);
  for (const [key, tensor] of file.tensors) {
    const parsed = keyOf(key);
    if ("problem" in parsed) throw new InvalidFileError(`${path}: key ${key} ${parsed.problem}`);
    const { target, part } = parsed;
    const tensors = found.get(target) ?? {};
    if (tensors[part]) throw new InvalidFileError(`${path}: key ${key} gives ${part} of ${target} a second time`);
    tensors[part] = tensor;
    found.set(target, tensors);
  }
  if (found.size === 0) throw new InvalidFileError(`${path}: expected LoRA tensors, found none`);
  const fileAlpha = metadataAlpha(file);
  return Array.from(found).flatMap(([target, tensors]) => {
    const { down, up } = tensors;
    if (!down || !up) throw new InvalidFileError(`${path}: ${target} has ${down ? "no up (B)" : "no down (A)"} matrix`);
    const layers = layersOf(target, up);
    // Some tools write the same correction fused and apart; those that stand alone are then the ones meant.
    if (layers.length > 1 && layers.every((layer) => found.has(layer.target))) return [];
    const shapes = layers.map((layer) => base.tensors.get(`${layer.target}.weight`)!.shape);
    const out = shapes.reduce((sum, [rows = 0]) => sum + rows, 0);
    const features = shapes[0]![1]!;
    const [rank = 0] = down.shape;
    if (down.shape.join() !== `${rank},${features}` || up.shape.join() !== `${out},${rank}` || rank < 1) {
      throw new InvalidFileError(
        `${path}: ${target} is [${out}, ${features}]; expected A [rank, ${features}] and B [${out}, rank], got [${down.shape}] and [${up.shape}]`,
      );
    }
    const alpha = tensors.alpha ? scalarOf(path, target, tensors.alpha) : (fileAlpha ?? rank);
    return layers.map((layer): LoraLayer => ({ ...layer, down, scale: alpha / rank }));
  });
}

const fusedAttention = /\.attention\.qkv$/;

/** The layers that a key's matrix B is for: one, or query, key and value in thirds of its rows. */
function layersOf(target: string, up: StoredTensor): { target: string; up: StoredTensor }[] {
  if (!fusedAttention.test(target)) return [{ target, up }];
  const [rows = 0, rank = 0] = up.shape;
  const length = up.length / 3;
  return ["to_q", "to_k", "to_v"].map((name, third) => ({
    target: target.replace(fusedAttention, `.attention.${name}`),
    up: { ...up, shape: [rows / 3, rank], offset: up.offset + third * length, length },
  }));
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
