import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type Tensor, tensor } from "../../../gpu-worker/tensor.ts";
import { readSafetensors, readTensorBytes } from "../../../gpu-worker/weights/formats/safetensors.ts";
import { readTensor } from "../../../gpu-worker/weights/tensor-values.ts";

const root = fileURLToPath(new URL("../../golden/", import.meta.url));

/** A folder of the reference checkpoints, such as `tiny-turbo/vae`. */
export const goldenCheckpoint = (path: string): string => `${root}checkpoints/${path}`;

/** The tensors of one reference case. */
export function goldenTensors(name: string) {
  const { tensors } = readSafetensors(`${root}${name}/tensors.safetensors`);
  const stored = (key: string) => {
    const found = tensors.get(key);
    if (!found) throw new Error(`case ${name} has no tensor ${key}`);
    return found;
  };
  return {
    names: [...tensors.keys()],
    floats: (key: string): Tensor => tensor(readTensor(stored(key)), stored(key).shape),
    integers: (key: string): number[] => {
      const { dtype } = stored(key);
      const { buffer } = new Uint8Array(readTensorBytes(stored(key)));
      return [...(dtype === "U8" ? new Uint8Array(buffer) : new Int32Array(buffer))];
    },
  };
}

export function maxAbsDiff(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`expected ${expected.length} values, got ${actual.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference; // a NaN stays
  }
  return largest;
}

export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "values",
): void {
  expect(maxAbsDiff(actual, expected), `largest difference of ${what}`).toBeLessThanOrEqual(tolerance);
}
