import { expect, it } from "vitest";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { gemm, linear, matMul } from "./linear.ts";

const weights = { "fc.weight": float32Tensor([2, 3], [1, 0, 0, 0, 1, 1]), "fc.bias": float32Tensor([2], [10, 20]) };

it("multiplies by the stored weight transposed, over any leading axes", async () => {
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["B", "S", 3]);
    g.output("plain", linear(g, x, "fc", 2));
    g.output("biased", linear(g, x, "fc", 2, { bias: true }));
  };
  const { plain, biased } = await runGraph(build, { x: feed([1, 2, 3], [1, 2, 3, 4, 5, 6]) }, weights);
  expect([plain, biased]).toEqual([
    [1, 5, 4, 11],
    [11, 25, 14, 31],
  ]);
});

it("scales, transposes and adds as it is told", async () => {
  const build = (g: GraphBuilder) => {
    const a = g.input("a", "float32", [2, 2]);
    const c = g.input("c", "float32", [2, 2]);
    g.output("y", gemm(g, a, a, { transA: true, alpha: 2, beta: 0.5, c }));
  };
  // aᵀa of [[1, 2], [3, 4]] is [[10, 14], [14, 20]].
  const feeds = { a: feed([2, 2], [1, 2, 3, 4]), c: feed([2, 2], [2, 4, 6, 8]) };
  expect((await runGraph(build, feeds)).y).toEqual([21, 30, 31, 44]);
});

it("multiplies matrices of a batch with one of none", async () => {
  const build = (g: GraphBuilder) =>
    g.output("y", matMul(g, g.input("a", "float32", ["B", 1, 2]), g.input("b", "float32", [2, 1])));
  expect((await runGraph(build, { a: feed([2, 1, 2], [1, 2, 3, 4]), b: feed([2, 1], [1, 10]) })).y).toEqual([21, 43]);
});

it("shows both shapes when they do not fit", () => {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", "float32", [2, 3]), g.input("b", "float32", [2, 3])];
  expect(() => gemm(g, a, b)).toThrow(/float32 \[2, 3\] times float32 \[2, 3\]/);
  expect(() => gemm(g, a, b, { transA: true, transB: true })).toThrow(/\[2, 3\] transposed times/);
  expect(() => matMul(g, a, b)).toThrow(/MatMul .*\[2, 3\] times float32 \[2, 3\]/);
  expect(() => linear(g, g.input("x", "float32", ["B"]), "fc", 2)).toThrow("needs a fixed last axis, got [B]");
});
