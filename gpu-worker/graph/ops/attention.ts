import { type Dim, sameDims, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { FloatDtype, Value } from "../value.ts";
import { add, cast, mul, neg, plus, sub, times } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { matMul, transposeMatrices } from "./linear.ts";
import { reduceSum, softmax } from "./reduction.ts";
import { expand, reshape, transpose } from "./shape.ts";

/** Tables and the row of each token in them. `P` pairs of channels per head. */
export interface Rotary {
  /** `[R, P]` float32 */
  readonly cos: Value;
  /** `[R, P]` float32 */
  readonly sin: Value;
  /** `[B, S]` int64, rows of the tables */
  readonly positions: Value;
}

/**
 * Turn each pair of channels of each head by its angle.
 * @param x - `[B, S, N·2P]` float32
 * @param interleaved - pairs are channels (2i, 2i+1); otherwise (i, i+P)
 */
export function rotaryEmbedding(
  g: GraphBuilder,
  x: Value,
  { cos, sin, positions }: Rotary,
  interleaved: boolean,
): Value {
  if (x.dtype !== cos.dtype)
    throw new Error(`RotaryEmbedding in ${g.scopeName}: ${x.dtype} values with ${cos.dtype} tables`);
  if (!sameDims(positions.dims, x.dims.slice(0, 2))) {
    throw new Error(`RotaryEmbedding in ${g.scopeName}: positions ${show(positions.dims)} do not fit ${show(x.dims)}`);
  }
  const spec = {
    domain: "com.microsoft",
    inputs: [x, positions, cos, sin],
    attributes: { interleaved: interleaved ? 1n : 0n },
  };
  return g.node1("RotaryEmbedding", spec, x.dtype, x.dims);
}

export interface MultiHeadAttentionOptions {
  readonly heads: number;
  /** `[B, S]` int32, 1 where a key takes part. */
  readonly keyMask?: Value | undefined;
  /** Each token sees itself and those before it. */
  readonly causal?: boolean;
}

/** `softmax(q kᵀ / sqrt(head width)) v` per head. @param q - `[B, S, D]`, as are `k` and `v` @returns `[B, S, D]` */
export function multiHeadAttention(
  g: GraphBuilder,
  q: Value,
  k: Value,
  v: Value,
  { heads, keyMask, causal = false }: MultiHeadAttentionOptions,
): Value {
  if (!sameDims(q.dims, k.dims) || !sameDims(q.dims, v.dims) || (q.dims[2] as number) % heads !== 0) {
    throw new Error(
      `MultiHeadAttention in ${g.scopeName}: q ${show(q.dims)}, k ${show(k.dims)}, v ${show(v.dims)}, ${heads} heads`,
    );
  }
  if (keyMask && !sameDims(keyMask.dims, k.dims.slice(0, 2))) {
    throw new Error(
      `MultiHeadAttention in ${g.scopeName}: mask ${show(keyMask.dims)} does not fit keys ${show(k.dims)}`,
    );
  }
  if (g.attention === "decomposed") {
    const [split, scale] = [splitHeads(g, q, heads), scoreScale(q, heads)];
    const p = attentionProbabilities(g, split(q), split(k), { scale, keyMask, causal });
    return joinHeads(g, matMul(g, p, split(v)), q);
  }
  if (g.attention === "standard" && !keyMask) {
    const attributes = { q_num_heads: BigInt(heads), kv_num_heads: BigInt(heads), is_causal: causal ? 1n : 0n };
    return g.node1("Attention", { inputs: [q, k, v], attributes }, q.dtype, q.dims);
  }
  const attributes = { num_heads: BigInt(heads), unidirectional: causal ? 1n : 0n };
  const inputs = keyMask ? [q, k, v, undefined, keyMask] : [q, k, v];
  return g.node1("MultiHeadAttention", { domain: "com.microsoft", inputs, attributes }, q.dtype, q.dims);
}

/** What the fused operator adds to scores that a mask forbids; `exp` of it is 0 beside any real score. */
const forbidden = -10_000;

function scoreScale({ dims }: Value, heads: number): number {
  return ((dims[2] as number) / heads) ** -0.5;
}

/** `[B, S, N·H]` → `[B, N, S, H]`, for tensors like `x`. */
function splitHeads(g: GraphBuilder, { dims }: Value, heads: number): (x: Value) => Value {
  const [batch, length, width] = dims as readonly [Dim, Dim, number];
  return (x) => transpose(g, reshape(g, x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[B, N, S, H]` → `[B, S, N·H]`, the dims of `like`. */
function joinHeads(g: GraphBuilder, x: Value, like: Value): Value {
  return reshape(g, transpose(g, x, [0, 2, 1, 3]), like.dims);
}

interface ScoreOptions {
  readonly scale: number;
  readonly keyMask?: Value | undefined;
  readonly causal: boolean;
}

/**
 * `softmax(scale · q kᵀ)` under the mask, `[B, N, S, S]`, in standard operators.
 * @param q - `[B, N, S, H]`, as is `k`
 */
function attentionProbabilities(g: GraphBuilder, q: Value, k: Value, { scale, keyMask, causal }: ScoreOptions): Value {
  const dtype = q.dtype as FloatDtype;
  let scores = times(g, matMul(g, q, transposeMatrices(g, k)), scale); // [B, N, S, S]
  if (keyMask) {
    const [batch, length] = keyMask.dims;
    const penalty = times(g, plus(g, cast(g, keyMask, dtype), -1), -forbidden); // 0 or forbidden
    scores = add(g, scores, reshape(g, penalty, [batch!, 1, 1, length!]));
  }
  if (causal) {
    const length = q.dims[2]!;
    const penalty = expand(g, g.scalar(forbidden, dtype), [length, length]);
    const later = { inputs: [penalty, g.integer(1)], attributes: { upper: 1n } };
    scores = add(g, scores, g.node1("Trilu", later, dtype, [length, length]));
  }
  return softmax(g, scores);
}

export const attentionDerivatives: Derivatives = {
  // A rotation is undone by the rotation by the opposite angle, and its transpose is its inverse.
  RotaryEmbedding: (g, { inputs: [, positions, cos, sin], attributes }, [dy]) => [
    () =>
      rotaryEmbedding(g, dy, { cos: cos!, sin: neg(g, sin!), positions: positions! }, attributes.interleaved === 1n),
  ],
  /**
   * With `P = softmax(scores)` and `O = P v`: `dv = Pᵀ dO`, `dP = dO vᵀ`, `dscores = P · (dP − rowsum(dO · O))`. The
   * fused operator gives O alone, so P is computed again: the forward pass keeps nothing of size S × S.
   */
  MultiHeadAttention: (g, node, [dy]) => {
    const heads = Number(node.attributes.num_heads);
    const scale = scoreScale(dy, heads);
    const byHead = splitHeads(g, dy, heads);
    const together = (x: Value) => joinHeads(g, x, dy);
    const [, , , , keyMask] = node.inputs;
    const causal = node.attributes.unidirectional === 1n;

    const [q, k, v] = node.inputs.slice(0, 3).map((x) => byHead(x!)) as [Value, Value, Value]; // [B, N, S, H]
    const dOut = byHead(dy);
    const p = attentionProbabilities(g, q, k, { scale, keyMask, causal }); // [B, N, S, S]
    const dP = matMul(g, dOut, transposeMatrices(g, v));
    const inner = reduceSum(g, mul(g, dOut, byHead(node.outputs[0]!)), [3], { keepDims: true }); // [B, N, S, 1]
    const dScores = times(g, mul(g, p, sub(g, dP, inner)), scale);
    return [
      () => together(matMul(g, dScores, k)),
      () => together(matMul(g, transposeMatrices(g, dScores), q)),
      () => together(matMul(g, transposeMatrices(g, p), dOut)),
    ];
  },
};
