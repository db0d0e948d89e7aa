import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { readSafetensors, readTensor } from "../weights/safetensors.ts";
import { safetensorsHeader } from "../weights/write-safetensors.ts";

/** All that a training run changes and its continuation needs: parameters, optimiser state and averages by name. */
export interface TrainState {
  /** Steps taken so far. */
  readonly step: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface SavedTrainState {
  readonly state: TrainState;
  /** What the trainer wrote beside it, such as its random seed. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Write the state as one safetensors file of float32. The file is complete or not there: it is written beside its place, flushed, and renamed, so a process that
 * dies in between leaves the previous one.
 */
export async function saveTrainState(
  path: string,
  { step, tensors }: TrainState,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = Object.fromEntries(
    Array.from(tensors, ([name, { data, shape }]) => {
      return [
        name,
        { dtype: "F32" as const, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
      ];
    }),
  );
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      await file.writeFile(safetensorsHeader(entries, { ...metadata, step: String(step) }));
      for (const { bytes } of Object.values(entries)) await file.writeFile(bytes); // appends at the file's position
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** The rename itself must survive a power cut. Windows cannot open folders, and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Read back what `saveTrainState` wrote, bit for bit. @throws InvalidFileError when the file is damaged or something else */
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
