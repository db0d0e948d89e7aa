import { type Dim, divide, productOf, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { FloatDtype, Value } from "../value.ts";
import { neg, times } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { gemm } from "./linear.ts";
import { reduceSum } from "./reduction.ts";
import { concat, reshape, transpose } from "./shape.ts";

/**
 * Two-dimensional convolution with the checkpoint's `name.weight` `[out, in, size, size]` and `name.bias` `[out]`. Zero
 * padding keeps the size.
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
  const padded = [h, w].map((dim) => grown(dim, 1));
  const inputs = [x, g.integers([0, 0, 0, 0, 0, 0, 1, 1]), g.scalar(0, x.dtype as FloatDtype)];
  const pad = g.node1("Pad", { inputs }, x.dtype, [n, channels, ...padded]);
  const weights = [g.weight(`${name}.weight`, [channels, channels, 3, 3]), g.weight(`${name}.bias`, [channels])];
  const attributes = { kernel_shape: [3n, 3n], pads: [0n, 0n, 0n, 0n], strides: [2n, 2n] };
  return g.node1("Conv", { inputs: [pad, ...weights], attributes }, x.dtype, [n, channels, divide(h, 2), divide(w, 2)]);
}

const grown = (dim: Dim, by: number): Dim => (typeof dim === "number" ? dim + by : `(${dim}+${by})`);

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

/**
 * Gradient of the weights, `Σ dy[n, o, p] · x[n, i, stride · p + offset]`, as one matrix product over all places of all
 * images: each offset of the kernel is a shifted copy of the input. A convolution with the output's gradient as kernel
 * gives the same in one node, but with nine columns where the product has nine times the channels: it took two to five
 * times as long.
 */
function weightGradient(
  g: GraphBuilder,
  x: Value,
  dy: Value,
  { size, strides, pads }: { size: number; strides: readonly bigint[]; pads: readonly bigint[] },
): Value {
  const places = productOf([dy.dims[0]!, ...dy.dims.slice(2)]);
  const rows = (value: Value) => reshape(g, value, [value.dims[0]!, places]);
  const inputs = shiftedCopies(g, swapped(g, x), swapped(g, dy).dims, { size, strides, pads });
  const [out, channels] = [dy.dims[1] as number, x.dims[1] as number];
  const columns = concat(g, inputs.map(rows), 0, size ** 2 * channels); // [size² · in, places]
  const product = gemm(g, rows(swapped(g, dy)), columns, { transB: true });
  return reshape(g, transpose(g, reshape(g, product, [out, size ** 2, channels]), [0, 2, 1]), [
    out,
    channels,
    size,
    size,
  ]);
}

/**
 * What each offset of a kernel sees, row by row.
 * @param x - `[C, N, h, w]`
 * @returns each `[C, N, h', w']` with the places of `outputDims`
 */
function shiftedCopies(
  g: GraphBuilder,
  x: Value,
  outputDims: readonly Dim[],
  { size, strides, pads }: { size: number; strides: readonly bigint[]; pads: readonly bigint[] },
): Value[] {
  const [top, left, bottom, right] = pads.map(Number);
  const padding = {
    inputs: [x, g.integers([0, 0, top!, left!, 0, 0, bottom!, right!]), g.scalar(0, x.dtype as FloatDtype)],
  };
  const [height, width] = x.dims.slice(2).map((dim) => grown(dim, size - 1)) as [Dim, Dim];
  const padded = pads.some((pad) => pad !== 0n)
    ? g.node1("Pad", padding, x.dtype, [...x.dims.slice(0, 2), height, width])
    : x;
  const offsets = Array.from({ length: size }, (_, offset) => offset);
  // Counted from the far end, so that sizes need not be known; the last offset goes to the very end.
  const end = (offset: number) => (offset === size - 1 ? Number.MAX_SAFE_INTEGER : offset - size + 1);
  return offsets.flatMap((row) =>
    offsets.map((column) => {
      const bounds = [[row, column], [end(row), end(column)], [2, 3], strides.map(Number)].map((b) => g.integers(b));
      return g.node1("Slice", { inputs: [padded, ...bounds] }, x.dtype, [
        ...x.dims.slice(0, 2),
        ...outputDims.slice(2),
      ]);
    }),
  );
}

const swapped = (g: GraphBuilder, x: Value) => transpose(g, x, [1, 0, 2, 3]);

export const convolutionDerivatives: Derivatives = {
  Conv: (g, { inputs: [x, weight], attributes }, [dy]) => {
    const { kernel_shape, pads, strides } = attributes as Record<
      "kernel_shape" | "pads" | "strides",
      readonly bigint[]
    >;
    return [
      () => {
        const spec = { inputs: [dy, weight], attributes: { kernel_shape, pads, strides } };
        return g.node1("ConvTranspose", spec, x!.dtype, x!.dims);
      },
      () => weightGradient(g, x!, dy, { size: Number(kernel_shape[0]), strides, pads }),
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
