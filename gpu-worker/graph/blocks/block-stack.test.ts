import { expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, feedIndices, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { blockStack, replacePadding } from "./block-stack.ts";

const config = { heads: 1, headDim: 2, eps: 1e-5, feedForwardHidden: 2 };

/** Weights of blocks whose matrices are all `factors[layer]` times the identity. */
const weights = (factors: readonly number[]) =>
  Object.fromEntries(
    factors.flatMap((factor, layer) => {
      const matrices = ["to_q", "to_k", "to_v", "to_out.0"].map((name) => `attention.${name}`);
      const feedForward = ["w1", "w2", "w3"].map((name) => `feed_forward.${name}`);
      const norms = [
        "attention.norm_q",
        "attention.norm_k",
        "attention_norm1",
        "attention_norm2",
        "ffn_norm1",
        "ffn_norm2",
      ];
      const matrix = float32Tensor([2, 2], [factor, 0, 0, factor]);
      return [
        ...[...matrices, ...feedForward].map((name) => [`layers.${layer}.${name}.weight`, matrix] as const),
        ...norms.map((name) => [`layers.${layer}.${name}.weight`, float32Tensor([2], [1, 1])] as const),
      ];
    }),
  );

/** One token through `count` blocks, with a hint after some of them. */
async function run(x: number[], factors: readonly number[], hints: Readonly<Record<number, number[]>> = {}) {
  const build = (g: GraphBuilder) => {
    const rotary = {
      cos: g.input("cos", "float32", ["R", 1]),
      sin: g.input("sin", "float32", ["R", 1]),
      positions: g.input("positions", "int64", ["B", "S"]),
    };
    const values = Object.keys(hints).map(
      (layer) => [Number(layer), g.input(`hint${layer}`, "float32", [1, 1, 2])] as const,
    );
    const y = blockStack(
      g,
      "layers",
      factors.length,
      g.input("x", "float32", ["B", "S", 2]),
      { rotary },
      config,
      new Map(values),
    );
    g.output("y", y);
  };
  const feeds = {
    cos: feed([1, 1], [1]),
    sin: feed([1, 1], [0]),
    positions: feedIndices([1, 1], [0]),
    x: feed([1, 1, 2], x),
    ...Object.fromEntries(Object.entries(hints).map(([layer, values]) => [`hint${layer}`, feed([1, 1, 2], values)])),
  };
  return (await runGraph(build, feeds, weights(factors))).y!;
}

it("runs its blocks in a row, each on its own weights", async () => {
  const first = await run([3, -1], [1]);
  expectClose(await run([3, -1], [1, -0.5]), await run(first, [-0.5]), 1e-5);
  expect(await run([3, -1], [])).toEqual([3, -1]);
});

it("adds a hint to the output of the block of its number", async () => {
  const plain = await run([3, -1], [1]);
  expectClose(await run([3, -1], [1], { 0: [10, 20] }), [plain[0]! + 10, plain[1]! + 20], 1e-5);
  const hinted = [plain[0]! + 10, plain[1]! + 20];
  expectClose(await run([3, -1], [1, -0.5], { 0: [10, 20] }), await run(hinted, [-0.5]), 1e-4);
});

it("replaces marked rows by a learned vector", async () => {
  const build = (g: GraphBuilder) => {
    const padding = g.input("padding", "bool", ["B", "S", 1]);
    g.output("y", replacePadding(g, g.input("x", "float32", ["B", "S", 2]), padding, "pad_token"));
  };
  const feeds = {
    x: feed([1, 3, 2], [1, 2, 3, 4, 5, 6]),
    padding: { dtype: "bool", data: Uint8Array.of(0, 1, 0), dims: [1, 3, 1] } as const,
  };
  const { y } = await runGraph(build, feeds, { pad_token: float32Tensor([1, 2], [-1, -2]) });
  expect(y).toEqual([1, 2, -1, -2, 5, 6]);
});
