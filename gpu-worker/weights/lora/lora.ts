import { InvalidFileError } from "../../../shared/errors.ts";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { recogniseFile } from "../formats/recognise-file.ts";
import { readSafetensors, readTensorBytes, type SafetensorsFile, type StoredTensor } from "../formats/safetensors.ts";
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
  /** What of the file is left out, and why. */
  readonly warnings: readonly Warning[];
}

/**
 * One LoRA file: LoRA, LoKr, LoHa or DoRA, in the key styles of diffusers and PEFT (`transformer.… .lora_A`), ComfyUI
 * and ai-toolkit (`diffusion_model.…`), kohya, musubi, VideoX-Fun and SimpleTuner (`lora_unet_…`, dots as underscores),
 * with query, key and value apart or in one. Without an alpha, alpha is the rank. Tensors that are not for the
 * transformer's linear layers are left out and named.
 * @throws InvalidFileError naming file and key when nothing is for this model, a shape does not fit it, or a matrix is
 * missing
 */
export function readLora(path: string, base: Checkpoint): LoraContent {
  const file = readLoraFile(path);
  const { modules, leftOut } = modulesOf(file, path, base);
  if (modules.size === 0) throw nothingRead(file, path, leftOut);
  const scaling = readLoraScaling(file);
  const targets = new Map<string, LoraModule>();
  const repeated: string[] = [];
  for (const module of modules.values()) {
    const first = targets.get(module.target);
    if (!first) targets.set(module.target, module);
    else if (!sameTensors(first, module)) repeated.push(module.name);
  }
  const layers: LoraLayer[] = [];
  for (const module of targets.values()) {
    for (const layer of layerDeltas(module, base, scaling, path)) {
      // Some tools write the same correction fused and apart; those that stand alone are then the ones meant.
      if (fusedAttention.test(module.target) && targets.has(layer.target)) continue;
      layers.push(layer);
    }
  }
  return { layers, warnings: warningsOf(path, leftOut, repeated) };
}

/** @throws InvalidFileError that tells what a file is which holds no weights, and a model in another format */
function readLoraFile(path: string): SafetensorsFile {
  const recognised = recogniseFile(path);
  if ("problem" in recognised) throw new InvalidFileError(`${path}: ${recognised.problem}`);
  if (recognised.magic === "gguf")
    throw new InvalidFileError(`${path}: is a GGUF file; a LoRA is read as .safetensors`);
  return readSafetensors(path);
}

type Modules = Map<
  string,
  { readonly name: string; readonly target: string; readonly parts: { [part in LoraPart]?: StoredTensor } }
>;
/** Keys by what they are for. */
type LeftOut = Map<string, string[]>;

function modulesOf(file: SafetensorsFile, path: string, base: Checkpoint): { modules: Modules; leftOut: LeftOut } {
  const modules: Modules = new Map();
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
    const { module, target, part } = parsed;
    const found = modules.get(module) ?? { name: module, target, parts: {} };
    if (found.parts[part]) throw new InvalidFileError(`${path}: key ${key} gives ${part} of ${target} a second time`);
    found.parts[part] = tensor;
    modules.set(module, found);
  }
  return { modules, leftOut };
}

function nothingRead(file: SafetensorsFile, path: string, leftOut: LeftOut): InvalidFileError {
  if (file.tensors.size === 0) return new InvalidFileError(`${path}: expected LoRA tensors, found none`);
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
