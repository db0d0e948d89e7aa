import type { FloatDtype, GraphBuilder, Value } from "../graph-builder.ts";

/** `x / sqrt(mean(x²) + eps) · weight` over the last axis, statistics in float32. @param weight - `[D]`, dtype of `x` */
export function simplifiedLayerNormalization(g: GraphBuilder, x: Value, weight: Value, eps: number): Value {
  const attributes = { axis: -1n, epsilon: eps, stash_type: 1n };
  return g.node1("SimplifiedLayerNormalization", { inputs: [x, weight], attributes }, x.dtype, x.dims);
}

/** `(x − mean) / sqrt(var + eps)` over the last axis, statistics in float32, nothing learned. */
export function layerNormalization(g: GraphBuilder, x: Value, eps: number): Value {
  const width = x.dims.at(-1) as number;
  const ones = g.floats(new Array(width).fill(1), [width], x.dtype as FloatDtype);
  const attributes = { axis: -1n, epsilon: eps, stash_type: 1n };
  return g.node1("LayerNormalization", { inputs: [x, ones], attributes }, x.dtype, x.dims);
}

/** `(x − mean) / sqrt(var + eps)` over everything after the channel axis. @param x - `[N, C, ...]` */
export function instanceNormalization(g: GraphBuilder, x: Value, eps: number): Value {
  const channels = x.dims[1] as number;
  const ones = g.floats(new Array(channels).fill(1), [channels], x.dtype as FloatDtype);
  const zeros = g.floats(new Array(channels).fill(0), [channels], x.dtype as FloatDtype);
  return g.node1("InstanceNormalization", { inputs: [x, ones, zeros], attributes: { epsilon: eps } }, x.dtype, x.dims);
}
