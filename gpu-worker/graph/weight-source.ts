import { InvalidFileError } from "../../shared/errors.ts";
import { type Dim, sameDims, show } from "./dims.ts";
import type { ExternalBytes, FloatDtype, Value } from "./value.ts";

/**
 * One stored tensor as the builder needs it: floats, int8 with a scale per row, or 4 or 8 bits with a scale per block.
 */
export type Weight = FloatWeight | Int8RowsWeight | BlockWeight;

interface FloatWeight {
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  readonly data: ExternalBytes;
}

/** The value at `[row, …]` is the int8 times the scale of its row. */
export interface Int8RowsWeight {
  readonly dtype: "int8";
  /** Two axes or more. */
  readonly shape: readonly number[];
  readonly data: ExternalBytes;
  /** float32 `[rows]`, the first axis of `shape`. */
  readonly rowScales: ExternalBytes;
  /** Columns per group (a power of 4) of a matrix that is stored rotated, with `rotateGroups` applied to its rows. */
  readonly rotation?: number;
}

/**
 * A matrix of a linear layer in blocks along its rows: the value is `(code − 2^(bits−1)) · scale`. It stays quantised
 * while the graph runs.
 */
interface BlockWeight {
  readonly dtype: "uint8";
  /** `[rows, width]` of the values. */
  readonly shape: readonly number[];
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** `[rows, width / blockSize, blockSize · bits / 8]`, earlier values in lower bits. */
  readonly data: ExternalBytes;
  /** float32 `[rows, width / blockSize]` */
  readonly scales: ExternalBytes;
}

/** A weight that is fed to every run instead of lying in a file: what is being trained. */
export interface FedWeight {
  readonly dtype: "float32";
  readonly shape: readonly number[];
  readonly data: "fed";
}

/** A weight that every run brings along, so that it can be another one in the next run. Its rank may be symbolic. */
export interface PerRunWeight {
  readonly dtype: "float32";
  readonly shape: readonly Dim[];
  readonly data: "per run";
}

/** A norm's weight or a bias that every run brings along, as LoRAs change it. */
export interface PerRunVector extends PerRunWeight {
  readonly shape: readonly number[];
}

/** What the builder finds under a name. */
export type FoundWeight = Weight | FedWeight | PerRunVector;

/** Low-rank correction of one linear layer: `y += scale · B(A x)`. */
export interface LowRankBranch {
  /** Unique among the branches of a graph. */
  readonly name: string;
  /** `[rank, in]` */
  readonly down: Weight | FedWeight | PerRunWeight;
  /** `[out, rank]` */
  readonly up: Weight | FedWeight | PerRunWeight;
  readonly scale: number;
}

/** Correction of one linear layer by a Kronecker product: `y += (left ⊗ right) x`. */
export interface KroneckerBranch {
  /** Unique among the branches of a graph. */
  readonly name: string;
  /** `[a, b]` */
  readonly left: PerRunWeight;
  /** `[d, c]`, transposed; `a·c` are the layer's outputs and `b·d` its inputs. */
  readonly right: PerRunWeight;
  /** `[in]`: factors of the inputs of this product. */
  readonly columns?: PerRunWeight;
  /** `[out]`: factors of what it adds. */
  readonly rows?: PerRunWeight;
}

/** Factors of a layer's inputs, or of its outputs before the bias. */
interface LinearFactors {
  readonly name: string;
  readonly weight: PerRunWeight;
}

/** What is added to one linear layer, and what its own weight is multiplied by. */
export interface LinearCorrections {
  readonly lowRank: readonly LowRankBranch[];
  readonly kronecker?: readonly KroneckerBranch[];
  /** `[out]` */
  readonly rowFactors?: LinearFactors;
  /** `[in]` */
  readonly columnFactors?: LinearFactors;
}

/** Where the builder finds weights. */
export interface WeightSource {
  /**
   * @param dims what the graph expects, for sources that only take notes.
   * @returns `undefined` when there is no such tensor
   */
  weight(name: string, dims: readonly number[]): FoundWeight | undefined;
  /** Corrections of the linear layer called `target` (the weight's name without `.weight`). */
  corrections?(target: string): LinearCorrections;
  /** How messages call the source: a folder or file. */
  readonly description: string;
}

/** The matrix of a linear layer inside the graph. */
export type LinearWeight =
  | { readonly float: Value }
  | { readonly blocks: BlockValue }
  | { readonly rotated: RotatedValue };

/** A block weight inside the graph. */
export interface BlockValue {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly packed: Value;
  /** In the compute dtype. */
  readonly scales: Value;
}

/** A rotated int8 matrix inside the graph, `[rows, width]` as it is stored. */
export interface RotatedValue {
  readonly rotation: number;
  readonly codes: Value;
  /** float32 `[rows]` */
  readonly rowScales: Value;
  readonly products: IntegerProducts;
}

/**
 * Integer products of 8-bit weights and activations (W8A8). `u8s8`: activations are unsigned around 128, which CPUs
 * with VNNI or AMX multiply in one instruction; there s8s8 is twelve times slower. `s8s8`: both signed, as GPUs
 * multiply.
 */
export type IntegerProducts = "u8s8" | "s8s8";

/** @throws InvalidFileError with both shapes, and the file, when the weight's is not `dims` */
export function requireShape(name: string, { shape, data }: FoundWeight, dims: readonly number[]): void {
  if (sameDims(shape, dims)) return;
  const place = typeof data === "object" ? data.file : `a weight ${data === "fed" ? "to train" : "of each run"}`;
  throw new InvalidFileError(`${place}: tensor ${name}: expected shape ${show(dims)}, got ${show(shape)}`);
}
