import { InvalidFileError } from "../../../shared/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { readTensorBytes, type StoredTensor } from "../formats/safetensors.ts";
import { readTensor } from "../tensor-values.ts";
import { fusedAttention, type LoraPart } from "./lora-keys.ts";
import { type Delta, hadamard, kroneckerRows, type LowRank, type Matrix, product, rowsOf } from "./lora-products.ts";
import type { LoraScaling } from "./lora-scaling.ts";

/** The tensors of a LoRA file that belong to one layer under one name. */
export interface LoraModule {
  /** As the file spells it. */
  readonly name: string;
  readonly target: string;
  readonly parts: { readonly [part in LoraPart]?: StoredTensor };
}

/** What a LoRA does to one linear layer. */
export interface LoraLayer {
  /** The layer's weight without `.weight`. */
  readonly target: string;
  /** Its scale is without the strength that the user asks for. */
  readonly delta: Delta;
  /** DoRA: the lengths that the rows, or the columns, of the corrected weight have. */
  readonly magnitude?: Magnitude;
}

interface Magnitude {
  /** `rows` has a value per output, `columns` one per input. */
  readonly along: "rows" | "columns";
  values(): Float32Array;
}

/**
 * Floats of the widened matrices of one LoHa layer beyond which it is refused: the whole weight of the largest layer is
 * 39 million.
 */
const maxHadamardValues = 20_000_000;

const forConvolution = "for a convolution (Tucker), which this model has none of; export it as a plain LoRA";

/**
 * The corrections of one module: one, or those of query, key and value. No value is read.
 * @throws InvalidFileError for matrices that are missing or do not fit the layer
 */
export function layerDeltas(module: LoraModule, base: Checkpoint, scaling: LoraScaling, file: string): LoraLayer[] {
  const { target } = module;
  const fused = fusedAttention.test(target);
  const targets = fused
    ? ["to_q", "to_k", "to_v"].map((name) => target.replace(fusedAttention, `.attention.${name}`))
    : [target];
  const shapes = targets.map((layer) => base.tensors.get(`${layer}.weight`)!.shape);
  const size = { out: shapes.reduce((sum, [rows = 0]) => sum + rows, 0), features: shapes[0]![1]! };
  const reader = new ModuleReader(module, size, scaling, file);
  const delta = reader.delta();
  const magnitude = reader.magnitude();
  if (!fused) return [{ target, delta, magnitude }];
  if (magnitude?.along === "columns") {
    // A column's length goes through all three.
    throw new InvalidFileError(
      `${file}: ${target} has a magnitude of columns for query, key and value in one; export it with them apart`,
    );
  }
  const rows = size.out / 3;
  return targets.flatMap((layer, third) => {
    const parts = thirdOf(delta, third * rows, rows);
    if (magnitude && parts.length > 1) {
      throw new InvalidFileError(
        `${file}: ${target} is a LoKr with magnitudes for query, key and value in one, cut at other places than ` +
          "between them; export it with them apart",
      );
    }
    return parts.map((part): LoraLayer => {
      if (!magnitude) return { target: layer, delta: part };
      const values = () => magnitude.values().subarray(third * rows, (third + 1) * rows);
      return { target: layer, delta: part, magnitude: { along: "rows", values } };
    });
  });
}

function thirdOf(delta: Delta, first: number, count: number): Delta[] {
  if (delta.kind === "kronecker") {
    const isWhole = delta.left.rows === 1;
    return isWhole ? [{ ...delta, right: rowsOf(delta.right, first, count) }] : kroneckerRows(delta, first, count);
  }
  return [{ ...delta, up: rowsOf(delta.up, first, count) }];
}

interface LayerSize {
  readonly out: number;
  readonly features: number;
}

class ModuleReader {
  readonly #module: LoraModule;
  readonly #size: LayerSize;
  readonly #scaling: LoraScaling;
  readonly #file: string;

  constructor(module: LoraModule, size: LayerSize, scaling: LoraScaling, file: string) {
    this.#module = module;
    this.#size = size;
    this.#scaling = scaling;
    this.#file = file;
  }

  delta(): Delta {
    const names = Object.keys(this.#module.parts);
    if (names.some((name) => name.startsWith("lokr_"))) return this.#lokr();
    if (names.some((name) => name.startsWith("hada_"))) return this.#loha();
    if (this.#module.parts.whole) return this.#whole(this.#module.parts.whole);
    return this.#lora();
  }

  magnitude(): Magnitude | undefined {
    const { magnitude } = this.#module.parts;
    const { out, features } = this.#size;
    if (!magnitude) {
      if (this.#scaling.usesDora) throw this.#error("has no magnitude, though its settings say that it is a DoRA");
      return undefined;
    }
    const values = () => readTensor(magnitude);
    const [rows = 1, columns = 1, ...rest] = magnitude.shape;
    if (rest.some((length) => length !== 1)) throw this.#error(`has a magnitude [${magnitude.shape}]`);
    if (rows === out && columns === 1) return { along: "rows", values };
    if (rows === 1 && columns === features) return { along: "columns", values };
    throw this.#error(
      `is [${out}, ${features}]; expected a magnitude [${out}, 1] or [1, ${features}], got [${magnitude.shape}]`,
    );
  }

  #lora(): LowRank {
    const { parts } = this.#module;
    if (!parts.down || !parts.up) throw this.#error(`has ${parts.down ? "no up (B)" : "no down (A)"} matrix`);
    const [down, up] = [this.#matrix(parts.down), this.#matrix(parts.up)];
    const rank = down.rows;
    const { out, features } = this.#size;
    if (down.columns !== features || up.rows !== out || up.columns !== rank || rank < 1) {
      throw this.#error(
        `is [${out}, ${features}]; expected A [rank, ${features}] and B [${out}, rank], got ` +
          `[${parts.down.shape}] and [${parts.up.shape}]`,
      );
    }
    const scale = this.#scale(rank);
    if (!parts.mid) return { kind: "low-rank", down, up, scale };
    const mid = this.#matrix(parts.mid);
    if (mid.rows !== rank || mid.columns !== rank)
      throw this.#error(`has a middle matrix [${parts.mid.shape}], expected [${rank}, ${rank}]`);
    return { kind: "low-rank", down: product(mid, down), up, scale };
  }

  /** A Kronecker product with a left factor of one; ComfyUI takes no alpha into account. */
  #whole(tensor: StoredTensor): Delta {
    const right = this.#matrix(tensor);
    const { out, features } = this.#size;
    if (right.rows !== out || right.columns !== features) {
      throw this.#error(`is [${out}, ${features}]; got a difference of whole weights [${tensor.shape}]`);
    }
    return { kind: "kronecker", left: { rows: 1, columns: 1, values: () => Float32Array.of(1) }, right, scale: 1 };
  }

  /** @see LyCORIS `modules/lokr.py`: alpha counts only where a factor is a product itself */
  #lokr(): Delta {
    const { parts } = this.#module;
    if (parts.lokr_t2) throw this.#error(`is a LoKr ${forConvolution}`);
    const left = this.#factor("lokr_w1", parts.lokr_w1, parts.lokr_w1_a, parts.lokr_w1_b);
    const right = this.#factor("lokr_w2", parts.lokr_w2, parts.lokr_w2_a, parts.lokr_w2_b);
    const { out, features } = this.#size;
    if (left.rows * right.rows !== out || left.columns * right.columns !== features) {
      throw this.#error(
        `is [${out}, ${features}]; expected LoKr factors whose sizes multiply to that, got [${left.rows}, ` +
          `${left.columns}] and [${right.rows}, ${right.columns}]`,
      );
    }
    const rank = parts.lokr_w2_b?.shape[0] ?? parts.lokr_w1_b?.shape[0];
    return { kind: "kronecker", left, right, scale: rank === undefined ? 1 : this.#scale(rank) };
  }

  #factor(name: string, whole?: StoredTensor, a?: StoredTensor, b?: StoredTensor): Matrix {
    if (whole) return this.#matrix(whole);
    if (!a || !b) throw this.#error(`has neither ${name} nor both of ${name}_a and ${name}_b`);
    return this.#product(name, a, b);
  }

  #loha(): LowRank {
    const { hada_w1_a: a1, hada_w1_b: b1, hada_w2_a: a2, hada_w2_b: b2, hada_t1, hada_t2 } = this.#module.parts;
    if (hada_t1 || hada_t2) throw this.#error(`is a LoHa ${forConvolution}`);
    if (!a1 || !b1 || !a2 || !b2) throw this.#error("lacks one of hada_w1_a, hada_w1_b, hada_w2_a and hada_w2_b");
    const { out, features } = this.#size;
    const [first, second] = [this.#product("hada_w1", a1, b1), this.#product("hada_w2", a2, b2)];
    if ([first, second].some(({ rows, columns }) => rows !== out || columns !== features)) {
      throw this.#error(
        `is [${out}, ${features}]; got LoHa matrices of [${first.rows}, ${first.columns}] and [${second.rows}, ` +
          `${second.columns}]`,
      );
    }
    const matrices = [a1, b1, a2, b2].map((tensor) => this.#matrix(tensor)) as [Matrix, Matrix, Matrix, Matrix];
    const { down, up } = hadamard(...matrices);
    const values = down.rows * (out + features);
    if (values > maxHadamardValues) {
      throw this.#error(
        `has LoHa ranks ${b1.shape[0]} and ${b2.shape[0]}, which take ${values} values here, more than ` +
          `${maxHadamardValues}; export it as a plain LoRA`,
      );
    }
    return { kind: "low-rank", down, up, scale: this.#scale(b1.shape[0]!) };
  }

  #product(name: string, a: StoredTensor, b: StoredTensor): Matrix {
    const [left, right] = [this.#matrix(a), this.#matrix(b)];
    if (left.columns !== right.rows)
      throw this.#error(`has ${name}_a [${a.shape}] and ${name}_b [${b.shape}], which do not fit together`);
    return product(left, right);
  }

  /** Kernels of 1×1, as of a convolution, are a matrix. */
  #matrix(tensor: StoredTensor): Matrix {
    const [rows = 0, columns = 0, ...kernel] = tensor.shape;
    if (tensor.shape.length < 2 || kernel.some((length) => length !== 1)) {
      throw this.#error(`expected matrices, got a tensor [${tensor.shape}]`);
    }
    return { rows, columns, values: () => readTensor(tensor) };
  }

  #scale(rank: number): number {
    const { target, parts } = this.#module;
    return this.#scaling.scaleOf(target, rank, parts.alpha && this.#number(parts.alpha));
  }

  /** Trainers write alpha in whatever number type they had at hand. */
  #number(alpha: StoredTensor): number {
    const { dtype, shape } = alpha;
    const refuse = () => this.#error(`has an alpha that must be one finite number, got a tensor [${shape}]`);
    if (shape.some((length) => length !== 1)) throw refuse();
    const value =
      dtype === "I64" || dtype === "U64" || dtype === "I32" || dtype === "U32"
        ? wholeNumber(alpha)
        : readTensor(alpha)[0]!;
    if (!Number.isFinite(value)) throw refuse();
    return value;
  }

  #error(problem: string): InvalidFileError {
    return new InvalidFileError(`${this.#file}: ${this.#module.target} ${problem}`);
  }
}

function wholeNumber(tensor: StoredTensor): number {
  const bytes = readTensorBytes(tensor);
  switch (tensor.dtype) {
    case "I64":
      return Number(bytes.readBigInt64LE());
    case "U64":
      return Number(bytes.readBigUInt64LE());
    case "I32":
      return bytes.readInt32LE();
    default:
      return bytes.readUInt32LE();
  }
}
