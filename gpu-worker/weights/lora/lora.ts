import { InvalidFileError } from "../../../shared/errors.ts";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import { elementCount } from "../../tensor.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { identifyTensors } from "../folder/identify-file.ts";
import { recogniseFile } from "../formats/recognise-file.ts";
import { readSafetensors, readTensorBytes, type SafetensorsFile, type StoredTensor } from "../formats/safetensors.ts";
import { resolvePublishedForms } from "../forms/published-forms.ts";
import { readTensor } from "../tensor-values.ts";
import { fusedAttention, type LoraPart, loraKey } from "./lora-keys.ts";
import { type LoraLayer, type LoraModule, layerDeltas } from "./lora-modules.ts";
import { readLoraScaling } from "./lora-scaling.ts";

/** A LoRA file and how strongly to apply it. */
export interface LoraFile {
  readonly path: string;
  /** 1 is as trained; 0 is nothing. @default 1 */
  readonly scale?: number;
}

export interface LoraContent {
  readonly layers: readonly LoraLayer[];
  /** What is added to the weights of norms and to biases. */
  readonly vectors: readonly LoraVector[];
  /** What of the file is left out, and why. */
  readonly warnings: readonly Warning[];
}

/** Values that are added to those of the tensor `name` of the model, `[D]`. */
export interface LoraVector {
  readonly name: string;
  values(): Float32Array;
}

/**
 * One LoRA file: LoRA, LoKr, LoHa or DoRA, in the key styles of diffusers and PEFT (`transformer.… .lora_A`), ComfyUI
 * and ai-toolkit (`diffusion_model.…`), kohya, musubi, VideoX-Fun and SimpleTuner (`lora_unet_…`, dots as underscores),
 * with query, key and value apart or in one; also differences of whole weights, of norms and of biases, as ComfyUI's
 * training and its extraction write them beside. Without an alpha, alpha is the rank. Tensors that are for nothing of
 * this in the transformer are left out and named.
 * @throws InvalidFileError naming file and key when nothing is for this model, a shape does not fit it, or a matrix is
 * missing
 */
export function readLora(path: string, base: Checkpoint): LoraContent {
  const file = readLoraFile(path);
  const { modules, vectors, leftOut } = modulesOf(file, path, base);
  if (modules.size === 0 && vectors.length === 0) throw nothingRead(file, path, leftOut);
  const scaling = readLoraScaling(file);
  const targets = new Map<string, LoraModule>();
  const repeated: string[] = [];
  for (const module of modules.values()) {
    const first = targets.get(module.target);
    if (!first) targets.set(module.target, module);
    else if (!sameTensors(first, module)) repeated.push(module.name);
  }
  checkWholeWeights(targets, path);
  const layers: LoraLayer[] = [];
  for (const module of targets.values()) {
    for (const layer of layerDeltas(module, base, scaling, path)) {
      // Some tools write the same correction fused and apart; those that stand alone are then the ones meant.
      if (fusedAttention.test(module.target) && targets.has(layer.target)) continue;
      layers.push(layer);
    }
  }
  return { layers, vectors, warnings: warningsOf(path, leftOut, repeated) };
}

/** @throws InvalidFileError that tells what a file is which holds no weights, and a model in another format */
function readLoraFile(path: string): SafetensorsFile {
  const recognised = recogniseFile(path);
  if ("problem" in recognised) throw new InvalidFileError(`${path}: ${recognised.problem}`);
  if (recognised.magic === "gguf")
    throw new InvalidFileError(`${path}: is a GGUF file; a LoRA is read as .safetensors`);
  const file = readSafetensors(path);
  return { ...file, tensors: resolvePublishedForms(file) };
}

type Modules = Map<
  string,
  { readonly name: string; readonly target: string; readonly parts: { [part in LoraPart]?: StoredTensor } }
>;
/** Keys by what they are for. */
type LeftOut = Map<string, string[]>;

interface SortedKeys {
  readonly modules: Modules;
  readonly vectors: readonly LoraVector[];
  readonly leftOut: LeftOut;
}

function modulesOf(file: SafetensorsFile, path: string, base: Checkpoint): SortedKeys {
  const modules: Modules = new Map();
  const vectors = new Map<string, LoraVector>();
  const leftOut: LeftOut = new Map();
  const keyOf = loraKey(base);
  for (const [key, tensor] of file.tensors) {
    const parsed = keyOf(key);
    if ("leftOut" in parsed) {
      const keys = leftOut.get(parsed.leftOut);
      if (keys) keys.push(key);
      else leftOut.set(parsed.leftOut, [key]);
      continue;
    }
    if ("vector" in parsed) {
      vectors.set(parsed.vector, vectorOf(parsed.vector, { key, tensor, base, path }));
      continue;
    }
    const { module, target, part } = parsed;
    const found = modules.get(module) ?? { name: module, target, parts: {} };
    if (found.parts[part]) throw new InvalidFileError(`${path}: key ${key} gives ${part} of ${target} a second time`);
    found.parts[part] = tensor;
    modules.set(module, found);
  }
  return { modules, vectors: [...vectors.values()], leftOut };
}

interface FoundVector {
  readonly key: string;
  readonly tensor: StoredTensor;
  readonly base: Checkpoint;
  readonly path: string;
}

function vectorOf(name: string, { key, tensor, base, path }: FoundVector): LoraVector {
  const [length = 0] = base.tensors.get(name)!.shape;
  if (elementCount(tensor.shape) !== length) {
    throw new InvalidFileError(`${path}: key ${key}: expected [${length}], as ${name} has, got [${tensor.shape}]`);
  }
  return { name, values: () => readTensor(tensor) };
}

function nothingRead(file: SafetensorsFile, path: string, leftOut: LeftOut): InvalidFileError {
  if (file.tensors.size === 0) return new InvalidFileError(`${path}: expected LoRA tensors, found none`);
  const { holds } = identifyTensors(path, file.tensors);
  if (holds !== "a LoRA" && holds !== "no part of Z-Image") {
    return new InvalidFileError(`${path} holds ${holds}, expected a LoRA`);
  }
  const [[what, keys] = ["", []]] = [...leftOut].sort(([, a], [, b]) => b.length - a.length);
  const others = keys.length === 2 ? "1 other" : `${keys.length - 1} others`;
  return new InvalidFileError(
    `${path}: none of its ${file.tensors.size} tensors is for a linear layer of this model: ` +
      `${keys.length > 1 ? `${keys[0]} and ${others} are` : `${keys[0]} is`} for ${what}`,
  );
}

const maxKeysShown = 3;

function warningsOf(path: string, leftOut: LeftOut, repeated: readonly string[]): Warning[] {
  const warnings = Array.from(leftOut, ([what, keys]) => {
    const tensors = `${keys.length} ${keys.length === 1 ? "tensor is" : "tensors are"}`;
    const values = { adapter: path, count: keys.length, tensors, what, names: shown(keys) };
    return makeWarning("lora_tensors_left_out", values, "loras");
  });
  if (repeated.length > 0) {
    warnings.push(makeWarning("lora_tensors_repeated", { adapter: path, names: shown(repeated) }, "loras"));
  }
  return warnings;
}

function shown(keys: readonly string[]): string {
  const names = keys.slice(0, maxKeysShown).map((key) => key.slice(0, 100));
  return `${names.join(", ")}${keys.length > names.length ? " …" : ""}`;
}

/** Values of whole weights in one file: 2 GB of inputs. Beyond it lies a fine-tuned model. */
const maxWholeValues = 500_000_000;

function checkWholeWeights(targets: ReadonlyMap<string, LoraModule>, path: string): void {
  const values = Array.from(targets.values(), ({ parts }) => (parts.whole ? elementCount(parts.whole.shape) : 0));
  const total = values.reduce((sum, count) => sum + count, 0);
  if (total <= maxWholeValues) return;
  throw new InvalidFileError(
    `${path}: holds differences of whole weights, ${total} values, more than ${maxWholeValues}; merge it into its ` +
      "model and serve that, or extract a LoRA from it",
  );
}

/** Whether two modules hold the same numbers. */
function sameTensors(a: LoraModule, b: LoraModule): boolean {
  const parts = new Set([...Object.keys(a.parts), ...Object.keys(b.parts)] as LoraPart[]);
  for (const part of parts) {
    const [first, second] = [a.parts[part], b.parts[part]];
    const alike = first && second && first.dtype === second.dtype && first.length === second.length;
    if (!alike || !readTensorBytes(first).equals(readTensorBytes(second))) return false;
  }
  return true;
}
