import type { GraphBuilder } from "../graph-builder.ts";
import { simplifiedLayerNormalization } from "../ops/normalization.ts";
import { reshape } from "../ops/shape.ts";
import type { Value } from "../value.ts";

/**
 * RMS layer norm over the last axis with the checkpoint's `name.weight`: `x / sqrt(mean(x²) + eps) · weight`, the mean
 * in float32.
 * @param x - `[..., D]`
 * @see Z-Image `src/zimage/transformer.py`, `RMSNorm`
 */
export function rmsNorm(g: GraphBuilder, x: Value, name: string, eps: number): Value {
  return simplifiedLayerNormalization(g, x, g.weight(`${name}.weight`, [x.dims.at(-1) as number]), eps);
}

/** The same over each head's channels. @param x - `[B, S, N·H]` */
export function rmsNormPerHead(
  g: GraphBuilder,
  x: Value,
  name: string,
  { headDim, eps }: { headDim: number; eps: number },
): Value {
  const [batch, length, width] = x.dims as [Value["dims"][number], Value["dims"][number], number];
  const heads = reshape(g, x, [batch, length, width / headDim, headDim]);
  return reshape(g, rmsNorm(g, heads, name, eps), x.dims);
}
