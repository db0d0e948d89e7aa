import { sameDims, show } from "../dims.ts";
import type { GraphBuilder, Value } from "../graph-builder.ts";

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
  const attributes = { num_heads: BigInt(heads), unidirectional: causal ? 1n : 0n };
  const inputs = keyMask ? [q, k, v, undefined, keyMask] : [q, k, v];
  return g.node1("MultiHeadAttention", { domain: "com.microsoft", inputs, attributes }, q.dtype, q.dims);
}
