import { type Dim, divide, productOf, show } from "../dims.ts";
import type { FloatDtype, GraphBuilder, Value } from "../graph-builder.ts";
import { neg, times } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { reduceSum } from "./reduction.ts";
import { transpose } from "./shape.ts";

/**
 * Two-dimensional convolution with the checkpoint's `name.weight` `[out, in, size, size]` and `name.bias` `[out]`. Zero padding keeps the size.
 * @param x - `[N, in, h, w]`
 * @returns `[N, out, h, w]`
 */
export function conv2d(g: GraphBuilder, x: Value, name: string, out: number, size: 1 | 3): Value {
  const [n, channels, h, w] = imageDims(g, x);
  const padding = BigInt((size - 1) / 2);
  const inputs = [x, g.weight(`${name}.weight`, [out, channels, size, size]), g.weight(`${name}.bias`, [out])];
  const pads = [padding, padding, padding, padding];
  const attributes = { kernel_shape: [BigInt(size), BigInt(size)], pads, strides: [1n, 1n] };
  return g.node1("Conv", { inputs, attributes }, x.dtype, [n, out, h, w]);
}

/**
 * Halve the size: 3×3 convolution with stride 2 after one row and column of zeros **below and to the right only**.
 * The padding is a node of its own, because cuDNN pads both sides alike.
 * @param x - `[N, C, h, w]`, h and w even
 * @returns `[N, C, h/2, w/2]`
 * @see diffusers `models/downsampling.py`, `Downsample2D` with padding 0
 */
export function downsampleConv2d(g: GraphBuilder, x: Value, name: string): Value {
  const [n, channels, h, w] = imageDims(g, x);
  const padded = [h, w].map((dim) => (typeof dim === "number" ? dim + 1 : `(${dim}+1)`));
  const inputs = [x, g.integers([0, 0, 0, 0, 0, 0, 1, 1]), g.scalar(0, x.dtype as FloatDtype)];
  const pad = g.node1("Pad", { inputs }, x.dtype, [n, channels, ...padded]);
  const weights = [g.weight(`${name}.weight`, [channels, channels, 3, 3]), g.weight(`${name}.bias`, [channels])];
  const attributes = { kernel_shape: [3n, 3n], pads: [0n, 0n, 0n, 0n], strides: [2n, 2n] };
  return g.node1("Conv", { inputs: [pad, ...weights], attributes }, x.dtype, [n, channels, divide(h, 2), divide(w, 2)]);
}

/** Double the size by repeating pixels. @param x - `[N, C, h, w]` @returns `[N, C, 2h, 2w]` */
export function upsampleNearest2d(g: GraphBuilder, x: Value): Value {
  const [n, channels, h, w] = imageDims(g, x);
  const scales = g.floats([1, 1, 2, 2], [4], "float32");
  const attributes = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  return g.node1("Resize", { inputs: [x, undefined, scales], attributes }, x.dtype, [
    n,
    channels,
    productOf([2, h]),
    productOf([2, w]),
  ]);
}

function imageDims(g: GraphBuilder, { dims }: Value): [Dim, number, Dim, Dim] {
  const [n, channels, h, w] = dims;
  if (dims.length !== 4 || typeof channels !== "number")
    throw new Error(`${g.scopeName}: expected [N, C, h, w] with fixed C, got ${show(dims)}`);
  return [n!, channels, h!, w!];
}

export const convolutionDerivatives: Derivatives = {
  Conv: (g, { inputs: [x, weight], attributes }, [dy]) => {
    const { kernel_shape, pads, strides } = attributes as Record<
      "kernel_shape" | "pads" | "strides",
      readonly bigint[]
    >;
    const swapped = (value: Value) => transpose(g, value, [1, 0, 2, 3]);
    return [
      () => {
        const spec = { inputs: [dy, weight], attributes: { kernel_shape, pads, strides } };
        return g.node1("ConvTranspose", spec, x!.dtype, x!.dims);
      },
      // Each weight is where input channel and output channel meet at one offset: a convolution over the batch with the output's gradient as kernel, whose
      // steps lie as far apart as the strides were. It has the kernel's size because the strides leave no rest.
      () => {
        const spec = { inputs: [swapped(x!), swapped(dy)], attributes: { pads, dilations: strides } };
        return swapped(g.node1("Conv", spec, x!.dtype, swappedDims(weight!)));
      },
      () => reduceSum(g, dy, [0, 2, 3]),
    ];
  },
  // Negative padding cuts off.
  Pad: (g, { inputs: [x, pads, zero] }, [dy]) => [
    () => g.node1("Pad", { inputs: [dy, neg(g, pads!), zero] }, x!.dtype, x!.dims),
  ],
  // Each pixel became four.
  Resize: (g, { inputs: [x] }, [dy]) => [
    () => {
      const attributes = { kernel_shape: [2n, 2n], strides: [2n, 2n] };
      return times(g, g.node1("AveragePool", { inputs: [dy], attributes }, x!.dtype, x!.dims), 4);
    },
  ],
};

const swappedDims = ({ dims: [a, b, ...rest] }: Value): Dim[] => [b!, a!, ...rest];
