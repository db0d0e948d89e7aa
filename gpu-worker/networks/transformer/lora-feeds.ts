import type { LowRankBranch } from "../../graph/weight-source.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import { type LoraFile, type LoraLayer, readLora } from "../../weights/lora.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { floatFeed } from "../open-session.ts";

/**
 * A place for a low-rank correction at every linear layer of a checkpoint, filled anew by each run: LoRAs come, go and change their strength while the session and its
 * weights stay. Ranks are symbolic, one per layer; a layer without a correction gets one of rank 1 that is zero.
 */
export class LoraSlots {
  readonly #base: Checkpoint;

  constructor(base: Checkpoint) {
    this.#base = base;
  }

  /** For the weight source of a graph. */
  branches(target: string): readonly LowRankBranch[] {
    const [out, features] = this.#dims(target);
    const rank = `rank of ${target}`;
    const matrix = (shape: LowRankBranch["down"]["shape"]) => ({ dtype: "float32", shape, data: "per run" }) as const;
    return [{ name: `lora ${target}`, down: matrix([rank, features]), up: matrix([out, rank]), scale: 1 }];
  }

  /** @throws InvalidFileError for a file that does not fit the checkpoint */
  check(files: readonly LoraFile[]): void {
    for (const { path } of files) readLora(path, this.#base);
  }

  /**
   * Inputs for the places among `inputNames`.
   * @throws InvalidFileError for a file that does not fit the checkpoint
   */
  feeds(files: readonly LoraFile[], inputNames: readonly string[]): Record<string, OnnxTensor> {
    const layers = new Map<string, { layer: LoraLayer; scale: number }[]>();
    for (const { path, scale = 1 } of files) {
      for (const layer of readLora(path, this.#base)) {
        layers.set(layer.target, [...(layers.get(layer.target) ?? []), { layer, scale: scale * layer.scale }]);
      }
    }
    const feeds: Record<string, OnnxTensor> = {};
    for (const name of inputNames) {
      const [, target, part] = /^lora (.+) (down|up)$/.exec(name) ?? [];
      if (target === undefined) continue;
      const [out, features] = this.#dims(target);
      const parts = layers.get(target) ?? [];
      feeds[name] = part === "down" ? downFeed(parts, features) : upFeed(parts, out);
    }
    return feeds;
  }

  #dims(target: string): [number, number] {
    const shape = this.#base.tensors.get(`${target}.weight`)?.shape;
    if (shape?.length !== 2) throw new Error(`${target} is not a linear layer of ${this.#base.folder}`);
    return [shape[0]!, shape[1]!];
  }
}

type Part = { readonly layer: LoraLayer; readonly scale: number };

/** The matrices A one below the other. @returns `[sum of ranks, features]` */
function downFeed(parts: readonly Part[], features: number): OnnxTensor {
  if (parts.length === 0) return floatFeed(new Float32Array(features), [1, features]);
  const data = new Float32Array(totalRank(parts) * features);
  let row = 0;
  for (const { layer } of parts) {
    data.set(readTensor(layer.down), row * features);
    row += layer.down.shape[0]!;
  }
  return floatFeed(data, [row, features]);
}

/** The matrices B side by side, each times its scale. @returns `[out, sum of ranks]` */
function upFeed(parts: readonly Part[], out: number): OnnxTensor {
  if (parts.length === 0) return floatFeed(new Float32Array(out), [out, 1]);
  const width = totalRank(parts);
  const data = new Float32Array(out * width);
  let column = 0;
  for (const { layer, scale } of parts) {
    const rank = layer.down.shape[0]!;
    const values = readTensor(layer.up);
    for (let row = 0; row < out; row++) {
      for (let i = 0; i < rank; i++) data[row * width + column + i] = scale * values[row * rank + i]!;
    }
    column += rank;
  }
  return floatFeed(data, [out, width]);
}

function totalRank(parts: readonly Part[]): number {
  return parts.reduce((sum, { layer }) => sum + layer.down.shape[0]!, 0);
}
