import { describe, expect, it } from "vitest";
import { type DerivativeCase, describeDerivatives } from "../../test/support/engine/derivative-cases.ts";
import { type GradientCheck, gradientError } from "../../test/support/training/finite-differences.ts";
import { trainedWeights } from "../training/trained-weights.ts";
import { derivatives, grad } from "./grad.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { add, mul, tanh } from "./ops/arithmetic.ts";
import { arithmeticDerivatives } from "./ops/arithmetic-derivatives.ts";
import { multiHeadAttention, rotaryEmbedding } from "./ops/attention.ts";
import { conv2d, downsampleConv2d, upsampleNearest2d } from "./ops/convolution.ts";
import { gemm, linear, matMul } from "./ops/linear.ts";
import { instanceNormalization, layerNormalization, simplifiedLayerNormalization } from "./ops/normalization.ts";
import { reduceMean, reduceSum, softmax, sumOfSquares } from "./ops/reduction.ts";
import { shapeDerivatives } from "./ops/shape-derivatives.ts";
import type { Value } from "./value.ts";

type Build = GradientCheck["build"];

const matrix = { a: ["M", "K"], b: ["K", "N"] } as const;
const image = { a: ["N", 2, "2*h", "2*w"] } as const;
const attend = (g: GraphBuilder, { a, b, c }: { a: Value; b: Value; c: Value }, causal: boolean, masked: boolean) => {
  const keyMask = masked ? g.input("mask", "int32", ["B", "S"]) : undefined;
  return multiHeadAttention(g, a, b, c, { heads: 2, causal, keyMask });
};
const rotate = (g: GraphBuilder, x: Value, interleaved: boolean) =>
  rotaryEmbedding(
    g,
    x,
    {
      cos: g.input("cos", "float32", [4, 4]),
      sin: g.input("sin", "float32", [4, 4]),
      positions: g.input("positions", "int64", ["B", "S"]),
    },
    interleaved,
  );
const heads = { a: ["B", "S", 16], b: ["B", "S", 16], c: ["B", "S", 16] } as const;

// Those of arithmetic and of shapes are tested beside their rules.
const elsewhere = new Set([...Object.keys(arithmeticDerivatives), ...Object.keys(shapeDerivatives)]);
const cases: DerivativeCase[] = [
  ["Gemm", "plain", matrix, (g, { a, b }) => gemm(g, a, b)],
  [
    "Gemm",
    "b transposed, scaled, plus a row",
    { a: ["M", "K"], b: ["N", "K"], c: ["N"] },
    (g, { a, b, c }) => gemm(g, a, b, { transB: true, c, alpha: 0.7, beta: 0.3 }),
  ],
  ["Gemm", "a transposed", { a: ["K", "M"], b: ["K", "N"] }, (g, { a, b }) => gemm(g, a, b, { transA: true })],
  [
    "Gemm",
    "both transposed",
    { a: ["K", "M"], b: ["N", "K"] },
    (g, { a, b }) => gemm(g, a, b, { transA: true, transB: true }),
  ],
  ["Gemm", "a linear layer", { a: ["B", "S", 3] }, (g, { a }) => linear(g, a, "to_q", 5, { bias: true })],
  ["MatMul", "batched", { a: ["B", "M", "K"], b: ["B", "K", "N"] }, (g, { a, b }) => matMul(g, a, b)],
  ["MatMul", "one matrix for all", { a: ["B", "M", "K"], b: ["K", "N"] }, (g, { a, b }) => matMul(g, a, b)],
  ["ReduceSum", "two axes", { a: ["B", "S", 3] }, (g, { a }) => reduceSum(g, a, [0, 2])],
  ["ReduceMean", "of unknown length", { a: ["B", "S", 3] }, (g, { a }) => reduceMean(g, a, [1, 2], { keepDims: true })],
  ["ReduceSumSquare", "", { a: ["B", 3] }, (g, { a }) => sumOfSquares(g, a)],
  ["Softmax", "", { a: ["B", "S"] }, (g, { a }) => softmax(g, a)],
  [
    "SimplifiedLayerNormalization",
    "",
    { a: ["B", "S", 6], b: [6] },
    (g, { a, b }) => simplifiedLayerNormalization(g, a, b, 1e-5),
  ],
  ["LayerNormalization", "", { a: ["B", "S", 6] }, (g, { a }) => layerNormalization(g, a, 1e-6)],
  ["InstanceNormalization", "", { a: ["N", 3, "4*h"] }, (g, { a }) => instanceNormalization(g, a, 1e-6)],
  ["RotaryEmbedding", "interleaved", { a: ["B", "S", 16] }, (g, { a }) => rotate(g, a, true)],
  ["RotaryEmbedding", "halves", { a: ["B", "S", 16] }, (g, { a }) => rotate(g, a, false)],
  ["MultiHeadAttention", "", heads, (g, inputs) => attend(g, inputs, false, false)],
  ["MultiHeadAttention", "key mask", heads, (g, inputs) => attend(g, inputs, false, true)],
  ["MultiHeadAttention", "causal", heads, (g, inputs) => attend(g, inputs, true, false)],
  ["MultiHeadAttention", "causal with key mask", heads, (g, inputs) => attend(g, inputs, true, true)],
  ["Conv", "3×3", { a: ["N", 2, "h", "w"] }, (g, { a }) => conv2d(g, a, "conv", 3, 3)],
  ["Conv", "1×1", { a: ["N", 2, "h", "w"] }, (g, { a }) => conv2d(g, a, "conv", 3, 1)],
  ["Conv", "3×3 with stride 2", image, (g, { a }) => downsampleConv2d(g, a, "conv")],
  ["Pad", "below and right", image, (g, { a }) => downsampleConv2d(g, a, "conv")],
  ["Resize", "nearest, doubled", { a: ["N", 2, "h", "w"] }, (g, { a }) => upsampleNearest2d(g, a)],
];
describeDerivatives(
  cases,
  [...derivatives.keys()].filter((op) => !elsewhere.has(op)),
);

describe("grad", () => {
  it("adds what reaches a parameter on several ways", async () => {
    const build: Build = (g, { a, b }) => add(g, mul(g, a, b), mul(g, tanh(g, a), a));
    expect(await gradientError({ inputs: { a: ["B", 3], b: ["B", 3] }, build, seeds: [4] })).toBeLessThan(1e-3);
  });

  it("passes weights that are seen under other dims", async () => {
    const build: Build = (g, { a }) => mul(g, a, g.weight("norm.weight", [3], [3, 1, 1]));
    expect(await gradientError({ inputs: { a: ["N", 3, "h", "w"] }, build, seeds: [5] })).toBeLessThan(1e-3);
  });

  it("computes nothing for inputs that nobody asked about", () => {
    const g = new GraphBuilder();
    const a = g.input("a", "float32", ["M", 2]);
    const b = g.input("b", "float32", [2, 3]);
    const loss = sumOfSquares(g, gemm(g, a, b));
    const forward = g.nodes.length;
    grad(g, loss, [b]);
    const products = g.nodes.slice(forward).filter(({ op }) => op === "Gemm");
    expect(products.map(({ inputs }) => inputs[0])).toEqual([a]);
  });

  it("names an operator without a rule and its place", () => {
    const g = new GraphBuilder({ weights: trainedWeights() });
    const x = g.scope("layers.0", () => g.weight("scale", [2]));
    const y = g.scope("layers.0", () => g.node1("Erf", { inputs: [x] }, "float32", [2]));
    expect(() => grad(g, sumOfSquares(g, y), g.parameters)).toThrow(
      /^layers\.0\/Erf_0: the operator Erf has no derivative rule; known: .*Gemm/,
    );
  });

  it("refuses what cannot be differentiated", () => {
    const g = new GraphBuilder();
    const a = g.input("a", "float32", [2]);
    const b = g.input("b", "float32", [2]);
    expect(() => grad(g, a, [a])).toThrow("the loss must be a scalar, got [2]");
    expect(() => grad(g, sumOfSquares(g, a), [b])).toThrow("the loss does not depend on b [2]");
    const [cos, sin] = ["cos", "sin"].map((name) => g.input(name, "float32", [4, 1])) as [Value, Value];
    const positions = g.input("positions", "int64", [1, 1]);
    const x = g.input("x", "float32", [1, 1, 2]);
    const y = rotaryEmbedding(g, x, { cos, sin, positions }, true);
    expect(() => grad(g, sumOfSquares(g, y), [cos])).toThrow("RotaryEmbedding passes no gradient to its input cos");
  });
});
