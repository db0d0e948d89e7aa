import type { Dim } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { type FloatDtype, onnxType, type Value } from "../value.ts";
import type { IntegerProducts, RotatedValue } from "../weight-source.ts";
import { cast, div, mul, times } from "./arithmetic.ts";
import { transpose } from "./shape.ts";

/** Activations as 8-bit codes. */
interface Codes {
  /** `[M, K]`: uint8 around 128 for `u8s8`, int8 for `s8s8` */
  readonly codes: Value;
  /** `[M, 1]` float32: the largest value of each row is 127 of these. */
  readonly scales: Value;
}

/**
 * `x Wᵀ` as a product of integers: activations are rotated, rounded to 8 bits with a scale per row, multiplied with the
 * stored codes, and scaled afterwards. Layers that read the same `x` share its codes.
 * @param x - `[M, K]`, any float dtype
 * @returns `[M, N]`, dtype of `x`
 */
export function integerProduct(g: GraphBuilder, x: Value, weight: RotatedValue): Value {
  const [, width] = weight.codes.dims as readonly [number, number];
  const form = weight.products;
  if (x.dims.length !== 2 || x.dims[1] !== width) {
    throw new Error(`integer product in ${g.scopeName}: expected rows of ${width} values, got ${x.dims.join(", ")}`);
  }
  const activations = g.shared(`${form} of ${x.name} in groups of ${weight.rotation}`, () =>
    quantize(g, g.rotateGroups(cast(g, x, "float32"), weight.rotation), form),
  );
  const product = form === "u8s8" ? unsignedProduct(g, activations, weight) : signedProduct(g, activations, weight);
  return cast(g, mul(g, product, activations.scales), x.dtype as FloatDtype);
}

function quantize(g: GraphBuilder, x: Value, form: IntegerProducts): Codes {
  const rows = x.dims[0]!;
  const reduced = { inputs: [x, g.integers([1])], attributes: { keepdims: 1n } };
  // The largest and the least, in place of the largest size: no copy of `x` without its signs.
  const most = g.node1("ReduceMax", reduced, "float32", [rows, 1]);
  const least = g.node1("ReduceMin", reduced, "float32", [rows, 1]);
  const negated = g.node1("Neg", { inputs: [least] }, "float32", [rows, 1]);
  // A row of zeros, such as the filling of a batch, must not be divided by zero.
  const largest = g.node1("Max", { inputs: [most, negated, g.scalar(1e-30, "float32")] }, "float32", [rows, 1]);
  const scales = times(g, largest, 1 / 127);
  const inputs = [div(g, x, scales), g.scalar(1, "float32"), zeroPoint(g, form)];
  const codes = g.node1("QuantizeLinear", { inputs }, form === "u8s8" ? "uint8" : "int8", x.dims);
  return { codes, scales };
}

function zeroPoint(g: GraphBuilder, form: IntegerProducts): Value {
  return form === "u8s8"
    ? g.constant("128", "uint8", [], Uint8Array.of(128))
    : g.constant("0", "int8", [], Uint8Array.of(0));
}

/**
 * QGemm and not MatMulInteger: it reads the weight as it lies in the file, `[N, K]`, where MatMulInteger needs a
 * transposed copy, and multiplies by the scales of the rows while it writes.
 * @returns `[M, N]` float32, still to be multiplied by the scales of the activations
 */
function unsignedProduct(g: GraphBuilder, { codes }: Codes, { codes: weight, rowScales }: RotatedValue): Value {
  const [out] = weight.dims as readonly [number, number];
  const weightZeros = g.constant("0", "int8", [out], new Uint8Array(out));
  const inputs = [codes, g.scalar(1, "float32"), zeroPoint(g, "u8s8"), weight, rowScales, weightZeros];
  const spec = { domain: "com.microsoft", inputs, attributes: { transA: 0n, transB: 1n, alpha: 1 } };
  return g.node1("QGemm", spec, "float32", [codes.dims[0]!, out]);
}

/** The same with operators that CUDA has. */
function signedProduct(g: GraphBuilder, { codes }: Codes, { codes: weight, rowScales }: RotatedValue): Value {
  const dims: readonly Dim[] = [codes.dims[0]!, weight.dims[0]!];
  const sums = g.node1("MatMulInteger", { inputs: [codes, transpose(g, weight, [1, 0])] }, "int32", dims);
  const floats = g.node1("Cast", { inputs: [sums], attributes: { to: onnxType.float32 } }, "float32", dims);
  return mul(g, floats, rowScales);
}
