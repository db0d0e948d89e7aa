import { InvalidFileError } from "../../../shared/errors.ts";
import type { LinearCorrections, PerRunVector, PerRunWeight } from "../../graph/weight-source.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import type { LoraVector } from "../../weights/lora/lora.ts";
import type { LoraLayer } from "../../weights/lora/lora-modules.ts";
import type { LowRank } from "../../weights/lora/lora-products.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { floatFeed } from "../open-session.ts";
import { CorrectedLengths } from "./corrected-lengths.ts";

/** A LoRA's layer as it acts in a run. */
export interface ActiveLayer {
  readonly layer: LoraLayer;
  /** What the user asks for. */
  readonly strength: number;
}

/** What a LoRA adds to a norm or a bias in a run. */
export interface ActiveVector {
  readonly vector: LoraVector;
  readonly strength: number;
}

/** Which places for corrections every linear layer of a graph has. */
export interface SlotKinds {
  readonly lowRank: boolean;
  /** Kronecker products that one layer may have at once. */
  readonly kronecker: number;
  /** DoRA's factors of the outputs, and of the inputs, of the weight itself. */
  readonly rowFactors: boolean;
  readonly columnFactors: boolean;
  /** Weights of norms, and biases, come with the run. */
  readonly vectors: boolean;
}

export const noSlots: SlotKinds = {
  lowRank: false,
  kronecker: 0,
  rowFactors: false,
  columnFactors: false,
  vectors: false,
};

/**
 * The places that these layers need, and those there are already: a session is made again for more places, and never
 * for fewer.
 */
export function withSlotsFor(
  current: SlotKinds,
  layers: readonly ActiveLayer[],
  vectors: readonly ActiveVector[] = [],
): SlotKinds {
  const kroneckers = layers.filter(({ layer }) => layer.delta.kind === "kronecker").map(({ layer }) => layer.target);
  const most = Math.max(
    0,
    ...Map.groupBy(kroneckers, (target) => target)
      .values()
      .map((of) => of.length),
  );
  const has = (along: "rows" | "columns") => layers.some(({ layer }) => layer.magnitude?.along === along);
  return {
    lowRank: current.lowRank || layers.some(({ layer }) => layer.delta.kind === "low-rank"),
    kronecker: Math.max(current.kronecker, most),
    rowFactors: current.rowFactors || has("rows"),
    columnFactors: current.columnFactors || has("columns"),
    vectors: current.vectors || vectors.length > 0,
  };
}

export function sameSlots(a: SlotKinds, b: SlotKinds): boolean {
  return (
    a.lowRank === b.lowRank &&
    a.kronecker === b.kronecker &&
    a.rowFactors === b.rowFactors &&
    a.columnFactors === b.columnFactors &&
    a.vectors === b.vectors
  );
}

/**
 * Places for corrections at every linear layer of a checkpoint, filled anew by each run: LoRAs come, go and change
 * their strength while the session and its weights stay. Ranks and the sizes of Kronecker factors are symbolic, one per
 * layer; a place that is not used gets a correction of rank 1 that is zero.
 */
export class LoraSlots {
  readonly #base: Checkpoint;
  readonly #lengths: CorrectedLengths;
  /**
   * Lengths for the DoRAs of the last `feeds`: reading all weights again for another strength would take as long as
   * loading the model.
   */
  #knownLengths = new Map<LoraLayer, Float32Array>();

  constructor(base: Checkpoint, runtime: OnnxRuntime) {
    this.#base = base;
    this.#lengths = new CorrectedLengths(runtime);
  }

  /** For the weight source of a graph. */
  corrections(target: string, kinds: SlotKinds): LinearCorrections {
    const [out, features] = this.#dims(target);
    const perRun = (...shape: PerRunWeight["shape"]): PerRunWeight => ({ dtype: "float32", shape, data: "per run" });
    const rank = `rank of ${target}`;
    return {
      lowRank: kinds.lowRank
        ? [{ name: `lora ${target}`, down: perRun(rank, features), up: perRun(out, rank), scale: 1 }]
        : [],
      kronecker: Array.from({ length: kinds.kronecker }, (_, i) => {
        const name = `lokr ${i} ${target}`;
        const size = (of: string) => `${of} of ${name}`;
        return {
          name,
          left: perRun(size("a"), size("b")),
          right: perRun(size("d"), size("c")),
          rows: kinds.rowFactors ? perRun(out) : undefined,
          columns: kinds.columnFactors ? perRun(features) : undefined,
        };
      }),
      rowFactors: kinds.rowFactors ? { name: `dora ${target} rows`, weight: perRun(out) } : undefined,
      columnFactors: kinds.columnFactors ? { name: `dora ${target} columns`, weight: perRun(features) } : undefined,
    };
  }

  /** A norm's weight or a bias, as the graph finds it. @returns `undefined` for every other tensor */
  vector(name: string): PerRunVector | undefined {
    const tensor = this.#base.tensors.get(name);
    return tensor?.shape.length === 1 ? { dtype: "float32", shape: tensor.shape, data: "per run" } : undefined;
  }

  /** Inputs for the places among `inputNames`. */
  async feeds(
    active: readonly ActiveLayer[],
    vectors: readonly ActiveVector[],
    inputNames: readonly string[],
  ): Promise<Record<string, OnnxTensor>> {
    const byTarget = Map.groupBy(active, ({ layer }) => layer.target);
    await this.#measure(active);
    const feeds: Record<string, OnnxTensor> = {};
    for (const name of inputNames) {
      if (this.vector(name)) feeds[name] = this.#vectorFeed(name, vectors);
      const [, kind, slot, target, part] =
        /^(lora|lokr|dora)(?: (\d+))? (.+) (down|up|left|right|rows|columns)$/.exec(name) ?? [];
      if (target === undefined) continue;
      feeds[name] = this.#feed(kind!, Number(slot), part!, target, byTarget.get(target) ?? []);
    }
    return feeds;
  }

  release(): Promise<void> {
    return this.#lengths.release();
  }

  #feed(kind: string, slot: number, part: string, target: string, active: readonly ActiveLayer[]): OnnxTensor {
    const [out, features] = this.#dims(target);
    if (kind === "dora")
      return floatFeed(this.#baseFactors(active, part as "rows" | "columns", { out, features }), [
        part === "rows" ? out : features,
      ]);
    if (kind === "lokr") {
      const found = active.filter(({ layer }) => layer.delta.kind === "kronecker")[slot];
      if (part === "left") return leftFeed(found, out);
      if (part === "right") return rightFeed(found, features);
      const size = part === "rows" ? out : features;
      const factors = found?.layer.magnitude?.along === part ? this.#factors(found.layer) : undefined;
      return floatFeed(factors ?? new Float32Array(size).fill(1), [size]);
    }
    const parts = active.flatMap(({ layer, strength }): Part[] => {
      if (layer.delta.kind !== "low-rank") return [];
      const factors = this.#factors(layer);
      return [{ delta: layer.delta, strength, along: layer.magnitude?.along, factors }];
    });
    return part === "down" ? downFeed(parts, features) : upFeed(parts, out);
  }

  async #measure(active: readonly ActiveLayer[]): Promise<void> {
    const known = new Map<LoraLayer, Float32Array>();
    for (const { layer } of active) {
      const { target, delta, magnitude } = layer;
      if (!magnitude) continue;
      const weight = this.#base.tensors.get(`${target}.weight`)!;
      known.set(layer, this.#knownLengths.get(layer) ?? (await this.#lengths.of(weight, delta, magnitude.along)));
    }
    this.#knownLengths = known;
  }

  /** `magnitude / length` of each row or column: what the corrected weight is multiplied by. */
  #factors(layer: LoraLayer): Float32Array | undefined {
    const lengths = this.#knownLengths.get(layer);
    return lengths && layer.magnitude?.values().map((magnitude, i) => magnitude / lengths[i]!);
  }

  /**
   * What the weight itself is multiplied by under DoRAs of strengths s, `1 + Σ s · (factor − 1)`, ones where there is
   * none.
   * @see ComfyUI `comfy/weight_adapter/base.py`, `weight_decompose`
   */
  #baseFactors(
    active: readonly ActiveLayer[],
    along: "rows" | "columns",
    { out, features }: { out: number; features: number },
  ) {
    const total = new Float32Array(along === "rows" ? out : features).fill(1);
    for (const { layer, strength } of active) {
      if (layer.magnitude?.along !== along) continue;
      this.#factors(layer)?.forEach((factor, i) => {
        total[i]! += strength * (factor - 1);
      });
    }
    return total;
  }

  #vectorFeed(name: string, vectors: readonly ActiveVector[]): OnnxTensor {
    const total = readTensor(this.#base.tensors.get(name)!);
    for (const { vector, strength } of vectors) {
      if (vector.name !== name) continue;
      vector.values().forEach((value, i) => {
        total[i]! += strength * value;
      });
    }
    return floatFeed(total, [total.length]);
  }

  #dims(target: string): [number, number] {
    const shape = this.#base.tensors.get(`${target}.weight`)?.shape;
    if (shape?.length !== 2) throw new Error(`${target} is not a linear layer of ${this.#base.folder}`);
    return [shape[0]!, shape[1]!];
  }
}

/**
 * @throws InvalidFileError where one layer has magnitudes of rows by one file and of columns by another: no two factors
 * make up for their sum
 */
export function checkMagnitudes(active: readonly ActiveLayer[]): void {
  const kinds = new Map<string, string>();
  for (const { layer } of active) {
    const along = layer.magnitude?.along;
    if (along === undefined) continue;
    if ((kinds.get(layer.target) ?? along) !== along) {
      throw new InvalidFileError(
        `${layer.target} has DoRA magnitudes of rows and of columns; use one of these LoRAs at a time`,
      );
    }
    kinds.set(layer.target, along);
  }
}

interface Part {
  readonly delta: LowRank;
  readonly strength: number;
  readonly along: "rows" | "columns" | undefined;
  readonly factors: Float32Array | undefined;
}

/** The matrices A one below the other. @returns `[sum of ranks, features]` */
function downFeed(parts: readonly Part[], features: number): OnnxTensor {
  if (parts.length === 0) return floatFeed(new Float32Array(features), [1, features]);
  const data = new Float32Array(totalRank(parts) * features);
  let row = 0;
  for (const { delta, along, factors } of parts) {
    const values = delta.down.values();
    const scaled = along === "columns" && factors ? values.map((value, i) => value * factors[i % features]!) : values;
    data.set(scaled, row * features);
    row += delta.down.rows;
  }
  return floatFeed(data, [row, features]);
}

/** The matrices B side by side, each times its scale. @returns `[out, sum of ranks]` */
function upFeed(parts: readonly Part[], out: number): OnnxTensor {
  if (parts.length === 0) return floatFeed(new Float32Array(out), [out, 1]);
  const width = totalRank(parts);
  const data = new Float32Array(out * width);
  let column = 0;
  for (const { delta, strength, along, factors } of parts) {
    const rank = delta.down.rows;
    const values = delta.up.values();
    for (let row = 0; row < out; row++) {
      const scale = strength * delta.scale * (along === "rows" ? (factors?.[row] ?? 1) : 1);
      for (let i = 0; i < rank; i++) data[row * width + column + i] = scale * values[row * rank + i]!;
    }
    column += rank;
  }
  return floatFeed(data, [out, width]);
}

function totalRank(parts: readonly Part[]): number {
  return parts.reduce((sum, { delta }) => sum + delta.down.rows, 0);
}

/**
 * @returns `[a, b]` times the scale; of a place not used `[out, 1]` of zeros, which with `[in, 1]` makes a product of
 * rank 1
 */
function leftFeed(found: ActiveLayer | undefined, out: number): OnnxTensor {
  if (found?.layer.delta.kind !== "kronecker") return floatFeed(new Float32Array(out), [out, 1]);
  const { left, scale } = found.layer.delta;
  return floatFeed(
    left.values().map((value) => found.strength * scale * value),
    [left.rows, left.columns],
  );
}

/** @returns `[d, c]`, transposed */
function rightFeed(found: ActiveLayer | undefined, features: number): OnnxTensor {
  if (found?.layer.delta.kind !== "kronecker") return floatFeed(new Float32Array(features), [features, 1]);
  const { right } = found.layer.delta;
  const values = right.values();
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < right.rows; row++) {
    for (let column = 0; column < right.columns; column++) {
      transposed[column * right.rows + row] = values[row * right.columns + column]!;
    }
  }
  return floatFeed(transposed, [right.columns, right.rows]);
}
