import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, feedIndices, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { attention } from "./attention.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const identity = (size: number, scale = 1) =>
  Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? scale : 0));

it("attention norms and turns queries and keys, not values", async () => {
  const weights = {
    "attention.to_q.weight": float32Tensor([2, 2], identity(2, 5)),
    "attention.to_k.weight": float32Tensor([2, 2], identity(2, 5)),
    "attention.to_v.weight": float32Tensor([2, 2], identity(2)),
    "attention.to_out.0.weight": float32Tensor([2, 2], identity(2, 10)),
    "attention.norm_q.weight": float32Tensor([2], [1, 1]),
    "attention.norm_k.weight": float32Tensor([2], [1, 1]),
  };
  const build = (g: GraphBuilder) => {
    const rotary = {
      cos: g.input("cos", "float32", ["R", 1]),
      sin: g.input("sin", "float32", ["R", 1]),
      positions: g.input("positions", "int64", ["B", "S"]),
    };
    g.output(
      "y",
      attention(g, g.input("x", "float32", ["B", "S", 2]), rotary, undefined, { heads: 1, headDim: 2, eps: 0 }),
    );
  };
  // Token 1 is turned by 90°. Normed, (3, 0) is (√2, 0) and (0, 1) is (0, √2), turned (−√2, 0). So q·k is 2 with itself
  // and −2 with the other, after 1/√2: ±√2.
  const feeds = {
    cos: feed([2, 1], [1, 0]),
    sin: feed([2, 1], [0, 1]),
    positions: feedIndices([1, 2], [0, 1]),
    x: feed([1, 2, 2], [3, 0, 0, 1]),
  };
  const own = sigmoid(2 * Math.SQRT2);
  const { y } = await runGraph(build, feeds, weights);
  expectClose(y!, [30 * own, 10 * (1 - own), 30 * (1 - own), 10 * own], 1e-4);
});
