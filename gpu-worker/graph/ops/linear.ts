import { broadcast, productOf, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { Value } from "../value.ts";
import type { BlockValue, KroneckerBranch, LinearWeight } from "../weight-source.ts";
import { add, mul, times } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { integerProduct } from "./integer-product.ts";
import { reduceTo } from "./reduction.ts";
import { reshape, transpose } from "./shape.ts";

/**
 * `x Wᵀ + b` with the checkpoint's `name.weight` `[out, in]` and, with `bias`, `name.bias` `[out]`, plus the low-rank
 * branches that the weight source has for this layer. The weight goes into Gemm as it is stored: a transpose or cast
 * before it would be folded into a second copy at load. A weight in blocks stays quantised and goes into MatMulNBits; a
 * rotated one, where the graph multiplies integers, is multiplied as it is.
 *
 * @param x - `[..., in]`
 * @returns `[..., out]`
 */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  out: number,
  { bias = false, exact = false }: LinearOptions = {},
): Value {
  const features = x.dims.at(-1);
  if (typeof features !== "number")
    throw new Error(`linear layer ${g.qualify(name)} needs a fixed last axis, got ${show(x.dims)}`);
  const weight = g.linearWeight(`${name}.weight`, [out, features], { expandRotated: exact });
  const c = bias ? g.weight(`${name}.bias`, [out]) : undefined;
  const { lowRank, kronecker = [], rowFactors, columnFactors } = g.corrections(g.qualify(name));
  const outDims = [...x.dims.slice(0, -1), out];
  const isCorrected = lowRank.length > 0 || kronecker.length > 0 || rowFactors || columnFactors;
  if ("blocks" in weight && !isCorrected) {
    const y = matMulBlocks(g, x, weight.blocks, out);
    return c ? add(g, y, c) : y;
  }
  // Once for all layers that read `x`, so that they share its codes.
  const rows = g.shared(`rows of ${x.name}`, () => reshape(g, x, [productOf(x.dims.slice(0, -1)), features]));
  const inputs = columnFactors
    ? mul(g, rows, g.branchWeight(columnFactors.name, columnFactors.weight, [features]))
    : rows;
  let y = linearProduct(g, inputs, weight, rowFactors ? undefined : c);
  if (rowFactors) {
    y = mul(g, y, g.branchWeight(rowFactors.name, rowFactors.weight, [out]));
    if (c) y = add(g, y, c);
  }
  for (const branch of lowRank) {
    const [rank = 0] = branch.down.shape;
    const down = g.branchWeight(`${branch.name} down`, branch.down, [rank, features]);
    const up = g.branchWeight(`${branch.name} up`, branch.up, [out, rank]);
    y = gemm(g, gemm(g, rows, down, { transB: true }), up, { transB: true, c: y, alpha: branch.scale });
  }
  for (const branch of kronecker) y = add(g, y, kroneckerBranch(g, rows, branch, out));
  return reshape(g, y, outDims);
}

/**
 * `x (left ⊗ right)ᵀ` without the Kronecker product itself: a row of `x`, seen as the matrix `[b, d]`, is multiplied by
 * `right` from one side and by `left` from the other.
 * @param x - `[M, b·d]`
 * @returns `[M, a·c]`
 */
function kroneckerBranch(g: GraphBuilder, x: Value, branch: KroneckerBranch, out: number): Value {
  const { name, left, right } = branch;
  const [rows, features] = x.dims;
  const [a, b] = left.shape;
  const [d, c] = right.shape;
  // Sizes are read from the factors at run time; that they multiply to those of the layer was checked when the file was
  // read.
  const leftFactor = g.branchWeight(`${name} left`, left, [a!, b!]);
  const rightFactor = g.branchWeight(`${name} right`, right, [d!, c!]);
  const inputs = branch.columns ? mul(g, x, g.branchWeight(`${name} columns`, branch.columns, [features!])) : x;
  const matrices = g.node1("Reshape", { inputs: [inputs, g.sizes([-1, b!, d!])] }, x.dtype, [rows!, b!, d!]); // [M, b, d]
  const mixed = matMul(g, leftFactor, matMul(g, matrices, rightFactor)); // [M, a, c]
  const added = g.node1("Reshape", { inputs: [mixed, g.integers([-1, out])] }, x.dtype, [rows!, out]);
  return branch.rows ? mul(g, added, g.branchWeight(`${name} rows`, branch.rows, [out])) : added;
}

interface LinearOptions {
  readonly bias?: boolean;
  /** Activations keep all their bits, for layers of few rows and much influence. @default false */
  readonly exact?: boolean;
}

/** `x Wᵀ + c` in whatever form W `[out, in]` is. @param x - `[M, in]` @returns `[M, out]` */
export function linearProduct(g: GraphBuilder, x: Value, weight: LinearWeight, c?: Value): Value {
  if ("float" in weight) return gemm(g, x, weight.float, { transB: true, c });
  const y =
    "blocks" in weight
      ? matMulBlocks(g, x, weight.blocks, weight.blocks.packed.dims[0] as number)
      : integerProduct(g, x, weight.rotated);
  return c ? add(g, y, c) : y;
}

/** `x Wᵀ` with a quantised W `[out, in]`. @param x - `[..., in]` @returns `[..., out]` */
function matMulBlocks(g: GraphBuilder, x: Value, { bits, blockSize, packed, scales }: BlockValue, out: number): Value {
  const attributes = {
    K: BigInt(x.dims.at(-1) as number),
    N: BigInt(out),
    bits: BigInt(bits),
    block_size: BigInt(blockSize),
    accuracy_level: BigInt(g.accuracyLevel),
  };
  const spec = { domain: "com.microsoft", inputs: [x, packed, scales], attributes };
  return g.node1("MatMulNBits", spec, x.dtype, [...x.dims.slice(0, -1), out]);
}

export interface GemmOptions {
  /** Use `a` and `b` transposed. */
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Broadcast to the product's dims. */
  readonly c?: Value | undefined;
  readonly alpha?: number;
  readonly beta?: number;
}

/** `alpha · a b + beta · c` of matrices. @param a - `[M, K]` @param b - `[K, N]` @returns `[M, N]` */
export function gemm(g: GraphBuilder, a: Value, b: Value, options: GemmOptions = {}): Value {
  const { transA = false, transB = false, c, alpha = 1, beta = 1 } = options;
  const [m, left] = transA ? a.dims.toReversed() : a.dims;
  const [right, n] = transB ? b.dims.toReversed() : b.dims;
  if (left !== right || a.dtype !== b.dtype) {
    const spelled = (x: Value, transposed: boolean) => `${show(x.dims)}${transposed ? " transposed" : ""}`;
    throw new Error(`Gemm in ${g.scopeName}: ${a.dtype} ${spelled(a, transA)} times ${b.dtype} ${spelled(b, transB)}`);
  }
  const attributes = { transA: transA ? 1n : 0n, transB: transB ? 1n : 0n, alpha, beta };
  return g.node1("Gemm", { inputs: c ? [a, b, c] : [a, b], attributes }, a.dtype, [m!, n!]);
}

/**
 * Products of the matrices in the last two axes.
 * @param a - `[..., M, K]`
 * @param b - `[..., K, N]`
 * @returns `[..., M, N]`
 */
export function matMul(g: GraphBuilder, a: Value, b: Value): Value {
  const batch = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2));
  if (!batch || a.dims.at(-1) !== b.dims.at(-2) || a.dtype !== b.dtype)
    throw new Error(`MatMul in ${g.scopeName}: ${a.dtype} ${show(a.dims)} times ${b.dtype} ${show(b.dims)}`);
  return g.node1("MatMul", { inputs: [a, b] }, a.dtype, [...batch, a.dims.at(-2)!, b.dims.at(-1)!]);
}

/** Swap the last two axes. The runtime folds this into the product that reads it. */
export function transposeMatrices(g: GraphBuilder, x: Value): Value {
  const rank = x.dims.length;
  return transpose(g, x, [...x.dims.keys()].with(rank - 2, rank - 1).with(rank - 1, rank - 2));
}

export const linearDerivatives: Derivatives = {
  Gemm: (g, { inputs: [a, b, c], attributes }, [dy]) => {
    const alpha = attributes.alpha as number;
    const beta = attributes.beta as number;
    const transA = attributes.transA === 1n;
    const transB = attributes.transB === 1n;
    return [
      () =>
        transA ? gemm(g, b!, dy, { transA: transB, transB: true, alpha }) : gemm(g, dy, b!, { transB: !transB, alpha }),
      () =>
        transB ? gemm(g, dy, a!, { transA: true, transB: transA, alpha }) : gemm(g, a!, dy, { transA: !transA, alpha }),
      () => reduceTo(g, beta === 1 ? dy : times(g, dy, beta), c!.dims),
    ];
  },
  MatMul: (g, { inputs: [a, b] }, [dy]) => [
    () => reduceTo(g, matMul(g, dy, transposeMatrices(g, b!)), a!.dims),
    () => reduceTo(g, matMul(g, transposeMatrices(g, a!), dy), b!.dims),
  ],
};
