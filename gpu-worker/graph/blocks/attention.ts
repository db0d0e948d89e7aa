import type { GraphBuilder } from "../graph-builder.ts";
import { multiHeadAttention, type Rotary } from "../ops/attention.ts";
import { linear } from "../ops/linear.ts";
import type { Value } from "../value.ts";
import { rmsNormPerHead } from "./rms-norm.ts";
import { applyRotary } from "./rotary.ts";

export interface AttentionConfig {
  readonly heads: number;
  readonly headDim: number;
  readonly eps: number;
}

/**
 * Bidirectional self-attention with normed, rotated queries and keys. B batch, S tokens, D = heads · headDim.
 * @param x - `[B, S, D]`
 * @param keyMask - `[B, S]` int32, 1 where a token takes part; without it all do
 * @see Z-Image `src/zimage/transformer.py`, `ZImageAttention`
 */
export function attention(
  g: GraphBuilder,
  x: Value,
  rotary: Rotary,
  keyMask: Value | undefined,
  { heads, headDim, eps }: AttentionConfig,
): Value {
  const width = heads * headDim;
  return g.scope("attention", () => {
    const queries = linear(g, x, "to_q", width); // [B, S, D]
    g.probe("q_raw", queries);
    const q = applyRotary(g, rmsNormPerHead(g, queries, "norm_q", { headDim, eps }), rotary, { interleaved: true });
    const k = applyRotary(g, rmsNormPerHead(g, linear(g, x, "to_k", width), "norm_k", { headDim, eps }), rotary, {
      interleaved: true,
    });
    const v = linear(g, x, "to_v", width);
    return linear(g, multiHeadAttention(g, q, k, v, { heads, keyMask }), "to_out.0", width); // [B, S, D]
  });
}
