import { elementCount } from "../../tensor.ts";
import { type Dim, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { FloatDtype, Value } from "../value.ts";
import { cast, div, mul, sub } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { expand, reshape } from "./shape.ts";

interface ReductionOptions {
  /** Reduced axes stay with size 1. @default false */
  readonly keepDims?: boolean;
}

/** @param axes - counted from 0 */
export function reduceSum(g: GraphBuilder, x: Value, axes: readonly number[], options: ReductionOptions = {}): Value {
  return reduce(g, "ReduceSum", x, axes, options);
}

export function reduceMean(g: GraphBuilder, x: Value, axes: readonly number[], options: ReductionOptions = {}): Value {
  return reduce(g, "ReduceMean", x, axes, options);
}

/** The sum of all squares. @returns `[]` */
export function sumOfSquares(g: GraphBuilder, x: Value): Value {
  return reduce(
    g,
    "ReduceSumSquare",
    x,
    x.dims.map((_, axis) => axis),
    {},
  );
}

/** Sum a value that an elementwise operator stretched back to the operand's `dims`: the reverse of broadcasting. */
export function reduceTo(g: GraphBuilder, x: Value, dims: readonly Dim[]): Value {
  const added = x.dims.length - dims.length;
  const stretched = x.dims.flatMap((dim, axis) => {
    const was = axis < added ? 1 : dims[axis - added];
    return was === 1 && (axis < added || dim !== 1) ? [axis] : [];
  });
  if (stretched.length === 0) return x;
  return reshape(g, reduceSum(g, x, stretched, { keepDims: true }), dims);
}

/** `exp(x) / sum(exp(x))` over the last axis. */
export function softmax(g: GraphBuilder, x: Value): Value {
  return g.node1("Softmax", { inputs: [x], attributes: { axis: -1n } }, x.dtype, x.dims);
}

function reduce(
  g: GraphBuilder,
  op: string,
  x: Value,
  axes: readonly number[],
  { keepDims = false }: ReductionOptions,
) {
  if (axes.some((axis) => axis < 0 || axis >= x.dims.length))
    throw new Error(`${op} in ${g.scopeName}: axes [${axes}] are not all axes of ${show(x.dims)}`);
  // Without axes the operators would reduce all of them.
  if (axes.length === 0) return op === "ReduceSumSquare" ? mul(g, x, x) : x;
  const ones = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const inputs = [x, g.integers(axes)];
  // The node itself always keeps the axes: its derivative then need not know them.
  const y = g.node1(op, { inputs, attributes: { keepdims: 1n } }, x.dtype, ones);
  return keepDims
    ? y
    : reshape(
        g,
        y,
        x.dims.filter((_, axis) => !axes.includes(axis)),
      );
}

/** How many elements of `x` went into each of `y`, as a float scalar. */
function elementsPerResult(g: GraphBuilder, x: Value, y: Value): Value {
  const reduced = x.dims.filter((dim, axis) => dim !== y.dims[axis]);
  const dtype = x.dtype as FloatDtype;
  const fixed = elementCount(reduced.filter((dim) => typeof dim === "number"));
  return reduced
    .filter((dim) => typeof dim === "string")
    .reduce((product, dim) => mul(g, product, reshape(g, cast(g, g.size(dim), dtype), [])), g.scalar(fixed, dtype));
}

export const reductionDerivatives: Derivatives = {
  ReduceSum: (g, { inputs: [x] }, [dy]) => [() => expand(g, dy, x!.dims)],
  ReduceMean: (g, { inputs: [x], outputs: [y] }, [dy]) => [
    () => expand(g, div(g, dy, elementsPerResult(g, x!, y!)), x!.dims),
  ],
  ReduceSumSquare: (g, { inputs: [x] }, [dy]) => [() => mul(g, x!, mul(g, dy, g.scalar(2, x!.dtype as FloatDtype)))],
  Softmax: (g, { outputs: [y] }, [dy]) => [
    () => {
      const inner = reduceSum(g, mul(g, dy, y!), [y!.dims.length - 1], { keepDims: true });
      return mul(g, y!, sub(g, dy, inner));
    },
  ],
};
