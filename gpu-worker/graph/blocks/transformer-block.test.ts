import { describe, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, feedIndices, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { transformerBlock } from "./transformer-block.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));
const constant = (length: number, value: number) => new Array<number>(length).fill(value);
const identity = (size: number, scale = 1) =>
  Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? scale : 0));

describe("transformerBlock", () => {
  // Width 2, one head, one token: attention gives its value back, whatever the queries say.
  const weights = {
    "attention.to_q.weight": float32Tensor([2, 2], identity(2)),
    "attention.to_k.weight": float32Tensor([2, 2], identity(2)),
    "attention.to_v.weight": float32Tensor([2, 2], identity(2)),
    "attention.to_out.0.weight": float32Tensor([2, 2], identity(2)),
    "attention.norm_q.weight": float32Tensor([2], [1, 1]),
    "attention.norm_k.weight": float32Tensor([2], [1, 1]),
    "attention_norm1.weight": float32Tensor([2], [1, 1]),
    "attention_norm2.weight": float32Tensor([2], [2, 2]),
    "ffn_norm1.weight": float32Tensor([2], [1, 1]),
    "ffn_norm2.weight": float32Tensor([2], [3, 3]),
    "feed_forward.w1.weight": float32Tensor([2, 2], identity(2)),
    "feed_forward.w3.weight": float32Tensor([2, 2], identity(2)),
    "feed_forward.w2.weight": float32Tensor([2, 2], identity(2)),
    "adaLN_modulation.0.weight": float32Tensor([8, 1], constant(8, 0)),
    // Scales 1 + s: (1, 3) and (1, 2); gates tanh(g): tanh 0.5 and tanh −0.5.
    "adaLN_modulation.0.bias": float32Tensor([8], [0, 2, 0.5, 0.5, 0, 1, -0.5, -0.5]),
  };
  const norm = (x: number[]) => x.map((value) => value / Math.sqrt((x[0]! ** 2 + x[1]! ** 2) / 2));
  const expected = (
    attentionScale: number[],
    attentionGate: number,
    feedForwardScale: number[],
    feedForwardGate: number,
  ) => {
    const attentionIn = norm([3, -1]).map((value, i) => value * attentionScale[i]!);
    const attended = norm(attentionIn).map((value, i) => [3, -1][i]! + attentionGate * 2 * value);
    const feedForwardIn = norm(attended).map((value, i) => value * feedForwardScale[i]!);
    return norm(feedForwardIn.map((value) => siluOf(value) * value)).map(
      (value, i) => attended[i]! + feedForwardGate * 3 * value,
    );
  };
  const run = async (modulated: boolean) => {
    const build = (g: GraphBuilder) => {
      const rotary = {
        cos: g.input("cos", "float32", ["R", 1]),
        sin: g.input("sin", "float32", ["R", 1]),
        positions: g.input("positions", "int64", ["B", "S"]),
      };
      const timeEmbedding = modulated ? g.input("c", "float32", ["B", 1]) : undefined;
      g.output(
        "y",
        transformerBlock(
          g,
          g.input("x", "float32", ["B", "S", 2]),
          { rotary, timeEmbedding },
          { heads: 1, headDim: 2, eps: 0, feedForwardHidden: 2 },
        ),
      );
    };
    const feeds = {
      cos: feed([1, 1], [1]),
      sin: feed([1, 1], [0]),
      positions: feedIndices([1, 1], [0]),
      x: feed([1, 1, 2], [3, -1]),
    };
    return (await runGraph(build, modulated ? { ...feeds, c: feed([1, 1], [1]) } : feeds, weights)).y!;
  };

  it("norms, scales, transforms, norms, gates and adds, twice", async () => {
    expectClose(await run(true), expected([1, 3], Math.tanh(0.5), [1, 2], Math.tanh(-0.5)), 1e-5);
  });

  it("has scales and gates of 1 without a time embedding", async () => {
    expectClose(await run(false), expected([1, 1], 1, [1, 1], 1), 1e-5);
  });
});
