import type { GraphBuilder } from "../graph-builder.ts";
import type { FloatDtype, Value } from "../value.ts";
import { cast, mul, plus, reciprocal, sqrt, sub } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { reduceMean, reduceTo } from "./reduction.ts";

/**
 * `x / sqrt(mean(x²) + eps) · weight` over the last axis, statistics in float32.
 * @param weight - `[D]`, dtype of `x`
 */
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

/**
 * The same times the checkpoint's `name.weight` plus `name.bias`. Not for training: the derivative rule is that of the
 * norm without them.
 */
export function affineLayerNormalization(g: GraphBuilder, x: Value, name: string, eps: number): Value {
  const width = x.dims.at(-1) as number;
  const inputs = [x, g.weight(`${name}.weight`, [width]), g.weight(`${name}.bias`, [width])];
  const attributes = { axis: -1n, epsilon: eps, stash_type: 1n };
  return g.node1("LayerNormalization", { inputs, attributes }, x.dtype, x.dims);
}

/** `(x − mean) / sqrt(var + eps)` over everything after the channel axis. @param x - `[N, C, ...]` */
export function instanceNormalization(g: GraphBuilder, x: Value, eps: number): Value {
  const channels = x.dims[1] as number;
  const ones = g.floats(new Array(channels).fill(1), [channels], x.dtype as FloatDtype);
  const zeros = g.floats(new Array(channels).fill(0), [channels], x.dtype as FloatDtype);
  return g.node1("InstanceNormalization", { inputs: [x, ones, zeros], attributes: { epsilon: eps } }, x.dtype, x.dims);
}

/** `1 / sqrt(mean(x²) + eps)` over `axes`, which stay with size 1. @param x - float32 */
function inverseRms(g: GraphBuilder, x: Value, axes: readonly number[], eps: number): Value {
  return reciprocal(g, sqrt(g, plus(g, reduceMean(g, mul(g, x, x), axes, { keepDims: true }), eps)));
}

/**
 * Gradient of `y = x · r`, r the inverse root mean square: `r · (dy − y · mean(dy · y))`. The mean of `dy · y` is what
 * the statistics say of the direction in which `x` only grows.
 */
function rmsGradient(g: GraphBuilder, y: Value, r: Value, dy: Value, axes: readonly number[]): Value {
  const along = reduceMean(g, mul(g, dy, y), axes, { keepDims: true });
  return mul(g, r, sub(g, dy, mul(g, y, along)));
}

/** `x` less its mean over `axes`; being linear and symmetric, this is also its own derivative. */
function centered(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return sub(g, x, reduceMean(g, x, axes, { keepDims: true }));
}

/**
 * Gradient of a norm with mean and variance and without learned factors. Nothing of the forward pass but `x` is kept.
 */
function standardizedGradient(g: GraphBuilder, x: Value, dy: Value, axes: readonly number[], eps: number): Value {
  const deviation = centered(g, cast(g, x, "float32"), axes);
  const r = inverseRms(g, deviation, axes, eps);
  const inner = rmsGradient(g, mul(g, deviation, r), r, cast(g, dy, "float32"), axes);
  return cast(g, centered(g, inner, axes), x.dtype as FloatDtype);
}

const lastAxis = (x: Value) => [x.dims.length - 1];

/** All run in float32 like the statistics of the norms themselves. */
export const normalizationDerivatives: Derivatives = {
  SimplifiedLayerNormalization: (g, { inputs: [x, weight], attributes }, [dy]) => {
    const x32 = cast(g, x!, "float32");
    const dy32 = cast(g, dy, "float32");
    const axes = lastAxis(x!);
    const r = inverseRms(g, x32, axes, attributes.epsilon as number);
    const y = mul(g, x32, r); // before the weight
    return [
      () => cast(g, rmsGradient(g, y, r, mul(g, dy32, cast(g, weight!, "float32")), axes), x!.dtype as FloatDtype),
      () => cast(g, reduceTo(g, mul(g, dy32, y), weight!.dims), weight!.dtype as FloatDtype),
    ];
  },
  LayerNormalization: (g, { inputs: [x], attributes }, [dy]) => [
    () => standardizedGradient(g, x!, dy, lastAxis(x!), attributes.epsilon as number),
  ],
  InstanceNormalization: (g, { inputs: [x], attributes }, [dy]) => [
    () => {
      const afterChannels = [...x!.dims.keys()].slice(2);
      return standardizedGradient(g, x!, dy, afterChannels, attributes.epsilon as number);
    },
  ],
};
