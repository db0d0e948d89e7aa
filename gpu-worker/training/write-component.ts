import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Tensor, tensor } from "../tensor.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { encodeSafetensors } from "../weights/formats/write-safetensors.ts";
import { readTensor } from "../weights/tensor-values.ts";
import type { TrainState } from "./train-state.ts";

/** The moving averages of the parameters whose names `accepts`, by their checkpoint names. */
export function averagedWeights(
  state: TrainState,
  accepts: (name: string) => boolean = () => true,
): Map<string, Tensor> {
  const averaged = new Map<string, Tensor>();
  for (const [name, value] of state.tensors) {
    const parameter = name.endsWith(" ema") ? name.slice(0, -" ema".length) : undefined;
    if (parameter !== undefined && accepts(parameter)) averaged.set(parameter, value);
  }
  return averaged;
}

/** Names of the text encoder and of the transformer never meet: the former all begin so. */
export const isTextEncoderWeight = (name: string): boolean => name.startsWith("model.");

/** Every tensor of a checkpoint folder as floats. */
export function storedWeights({ tensors }: Checkpoint): Map<string, Tensor> {
  return new Map(
    Array.from(tensors, ([name, stored]) => [name, tensor(Float32Array.from(readTensor(stored)), stored.shape)]),
  );
}

/**
 * Write one component of a model folder in the Hugging Face layout, its weights in float16.
 * @param file - name of the weights file, such as `model.safetensors`
 * @throws Error when a value is beyond float16
 */
export async function writeComponent(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  weights: ReadonlyMap<string, Tensor>,
  file: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), encodeHalf(weights));
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** A safetensors file in float16. @throws Error when a value is beyond it */
export function encodeHalf(
  weights: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Array.from(weights, ([name, { data, shape }]) => {
    const half = Float16Array.from(data);
    if (!half.every(Number.isFinite)) throw new Error(`tensor ${name} has values beyond float16`);
    return [name, { dtype: "F16" as const, shape, bytes: new Uint8Array(half.buffer) }] as const;
  });
  return encodeSafetensors(Object.fromEntries(entries), { format: "pt", ...metadata });
}
