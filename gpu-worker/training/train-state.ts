import { InvalidFileError } from "../../shared/errors.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { readSafetensors } from "../weights/formats/safetensors.ts";
import { writeCheckpoint } from "../weights/formats/write-checkpoint.ts";
import { readTensor } from "../weights/tensor-values.ts";

/** All that a training run changes and its continuation needs: parameters, optimiser state and averages by name. */
export interface TrainState {
  /** Steps taken so far. */
  readonly step: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface SavedTrainState {
  readonly state: TrainState;
  /** Metadata of the trainer, such as its random seed. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Write the state as one safetensors file of float32. The file is complete or not there: it is written beside its
 * place, flushed, and renamed, so a process that dies in between leaves the previous one.
 */
export async function saveTrainState(
  path: string,
  { step, tensors }: TrainState,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parts = Array.from(tensors, ([name, { data, shape }]) => ({
    tensors: [{ name, dtype: "F32" as const, shape }],
    bytes: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  }));
  await writeCheckpoint(path, parts, { metadata: { ...metadata, step: String(step) } });
}

/**
 * Read back what `saveTrainState` wrote, bit for bit.
 * @throws InvalidFileError when the file is damaged or something else
 */
export function loadTrainState(path: string): SavedTrainState {
  const { tensors, metadata } = readSafetensors(path);
  const step = Number(metadata.get("step") ?? Number.NaN);
  if (!Number.isSafeInteger(step) || step < 0)
    throw new InvalidFileError(`${path}: expected a training state with its step, got step ${metadata.get("step")}`);
  const values = new Map<string, Tensor>();
  for (const [name, stored] of tensors) {
    if (stored.dtype !== "F32")
      throw new InvalidFileError(`${path}: tensor ${name}: expected F32 in a training state, got ${stored.dtype}`);
    values.set(name, tensor(readTensor(stored), stored.shape));
  }
  return { state: { step, tensors: values }, metadata };
}
