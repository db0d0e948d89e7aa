import { broadcast, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { type FloatDtype, onnxType, type Value } from "../value.ts";

/** @throws Error when the shapes cannot be aligned or the dtypes differ; the message shows both */
function elementwise(g: GraphBuilder, op: string, a: Value, b: Value): Value {
  const dims = broadcast(a.dims, b.dims);
  if (!dims || a.dtype !== b.dtype) {
    throw new Error(`${op} in ${g.scopeName}: ${a.dtype} ${show(a.dims)} does not fit ${b.dtype} ${show(b.dims)}`);
  }
  return g.node1(op, { inputs: [a, b] }, a.dtype, dims);
}

export const add = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, "Add", a, b);
export const sub = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, "Sub", a, b);
export const mul = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, "Mul", a, b);
export const div = (g: GraphBuilder, a: Value, b: Value): Value => elementwise(g, "Div", a, b);

const unary = (g: GraphBuilder, op: string, x: Value): Value => g.node1(op, { inputs: [x] }, x.dtype, x.dims);

export const neg = (g: GraphBuilder, x: Value): Value => unary(g, "Neg", x);
export const abs = (g: GraphBuilder, x: Value): Value => unary(g, "Abs", x);
export const sign = (g: GraphBuilder, x: Value): Value => unary(g, "Sign", x);
export const exp = (g: GraphBuilder, x: Value): Value => unary(g, "Exp", x);
export const sqrt = (g: GraphBuilder, x: Value): Value => unary(g, "Sqrt", x);
export const reciprocal = (g: GraphBuilder, x: Value): Value => unary(g, "Reciprocal", x);
export const sigmoid = (g: GraphBuilder, x: Value): Value => unary(g, "Sigmoid", x);
export const tanh = (g: GraphBuilder, x: Value): Value => unary(g, "Tanh", x);

/** `x + c` and `x · c` with a constant of the dtype of `x`. */
export const plus = (g: GraphBuilder, x: Value, c: number): Value => add(g, x, g.scalar(c, x.dtype as FloatDtype));
export const times = (g: GraphBuilder, x: Value, c: number): Value => mul(g, x, g.scalar(c, x.dtype as FloatDtype));

/** `x · sigmoid(x)`, in one node: QuickGelu is `x · sigmoid(alpha · x)`. */
export function silu(g: GraphBuilder, x: Value): Value {
  return g.node1("QuickGelu", { domain: "com.microsoft", inputs: [x], attributes: { alpha: 1 } }, x.dtype, x.dims);
}

/**
 * The tanh form of GELU, `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`, in operators that every provider has for every
 * float dtype.
 */
export function geluTanh(g: GraphBuilder, x: Value): Value {
  const cubic = plus(g, times(g, mul(g, x, x), 0.044715), 1);
  const inner = times(g, mul(g, x, cubic), Math.sqrt(2 / Math.PI));
  return mul(g, times(g, x, 0.5), plus(g, tanh(g, inner), 1));
}

/** Limit to `minimum..maximum`. */
export function clip(g: GraphBuilder, x: Value, minimum: number, maximum: number): Value {
  const dtype = x.dtype as FloatDtype;
  return g.node1("Clip", { inputs: [x, g.scalar(minimum, dtype), g.scalar(maximum, dtype)] }, dtype, x.dims);
}

/** `condition ? a : b`, elementwise. @param condition - bool, broadcast against `a` and `b` */
export function where(g: GraphBuilder, condition: Value, a: Value, b: Value): Value {
  const branches = broadcast(a.dims, b.dims);
  const dims = branches && broadcast(condition.dims, branches);
  if (!dims || a.dtype !== b.dtype) {
    throw new Error(
      `Where in ${g.scopeName}: ${show(condition.dims)} does not choose between ${a.dtype} ${show(a.dims)} and ` +
        `${b.dtype} ${show(b.dims)}`,
    );
  }
  return g.node1("Where", { inputs: [condition, a, b] }, a.dtype, dims);
}

export function cast(g: GraphBuilder, x: Value, dtype: FloatDtype): Value {
  if (x.dtype === dtype) return x;
  return g.node1("Cast", { inputs: [x], attributes: { to: onnxType[dtype] } }, dtype, x.dims);
}
