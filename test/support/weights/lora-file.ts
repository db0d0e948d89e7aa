import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openCheckpoint } from "../../../gpu-worker/weights/checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "../../../gpu-worker/weights/formats/write-safetensors.ts";
import { readLora } from "../../../gpu-worker/weights/lora/lora.ts";
import type { Delta } from "../../../gpu-worker/weights/lora/lora-products.ts";
import { float32Tensor } from "../engine/run-graph.ts";

/** Of this test file alone, removed after it. */
export const folder = mkdtempSync(join(tmpdir(), "lora-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "model.safetensors"),
  encodeSafetensors({
    "layers.0.attention.to_out.0.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.attention.to_q.weight": float32Tensor([1, 2], [1, 2]),
    "layers.0.attention.to_k.weight": float32Tensor([1, 2], [3, 4]),
    "layers.0.attention.to_v.weight": float32Tensor([1, 2], [5, 6]),
    "layers.0.feed_forward.w1.weight": float32Tensor([4, 6], new Array(24).fill(0)),
    "all_x_embedder.2-1.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "all_final_layer.2-1.linear.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.norm.weight": float32Tensor([2], [1, 1]),
  }),
);
/** A checkpoint of a few small layers. */
export const base = openCheckpoint(folder);
export const target = "layers.0.attention.to_out.0";
/** `lora_A` of rank 4 and two inputs, and `lora_B` of three outputs. */
export const a = float32Tensor([4, 2], new Array(8).fill(1));
export const b = float32Tensor([3, 4], new Array(12).fill(1));
export const alpha = (value: number) => float32Tensor([], [value]);
export const pair = (module: string) => ({ [`${module}.lora_A.weight`]: a, [`${module}.lora_B.weight`]: b });

/** Read a LoRA of these tensors for `base`. */
export function read(tensors: Record<string, TensorToWrite>, metadata?: Record<string, string>) {
  const path = join(folder, "lora");
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return readLora(path, base);
}

/** The correction as a whole matrix, in rows. */
export function whole(delta: Delta): number[][] {
  const { scale } = delta;
  if (delta.kind === "low-rank") {
    const [down, up] = [delta.down.values(), delta.up.values()];
    const [rank, features] = [delta.down.rows, delta.down.columns];
    return Array.from({ length: delta.up.rows }, (_, row) =>
      Array.from({ length: features }, (_, column) => {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += up[row * rank + k]! * down[k * features + column]!;
        return scale * sum;
      }),
    );
  }
  const { left, right } = delta;
  const [outer, inner] = [left.values(), right.values()];
  return Array.from({ length: left.rows * right.rows }, (_, row) =>
    Array.from({ length: left.columns * right.columns }, (_, column) => {
      const [i, k] = [Math.floor(row / right.rows), row % right.rows];
      const [j, l] = [Math.floor(column / right.columns), column % right.columns];
      return scale * outer[i * left.columns + j]! * inner[k * right.columns + l]!;
    }),
  );
}

export const added = (x: number[][], y: number[][]) => x.map((row, i) => row.map((value, j) => value + y[i]![j]!));
