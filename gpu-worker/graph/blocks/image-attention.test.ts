import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { imageAttention } from "./image-attention.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

it("imageAttention mixes pixels in one head and adds the input", async () => {
  // Normed over one group, pixels are ±1; queries and keys are ln(3)/2 apart, scale 1/√1: a pixel weighs itself
  // σ(2·q·k).
  const linearWeights = (name: string, weight: number, bias: number) => ({
    [`${name}.weight`]: float32Tensor([1, 1], [weight]),
    [`${name}.bias`]: float32Tensor([1], [bias]),
  });
  const weights = {
    "group_norm.weight": float32Tensor([1], [1]),
    "group_norm.bias": float32Tensor([1], [0]),
    ...linearWeights("to_q", 1, 0),
    ...linearWeights("to_k", 2, 7), // a bias on the keys shifts all scores of a query alike
    ...linearWeights("to_v", 1, 1),
    ...linearWeights("to_out.0", 10, 100),
  };
  const build = (g: GraphBuilder) =>
    g.output("y", imageAttention(g, g.input("x", "float32", [1, 1, "h", "w"]), { groups: 1, eps: 0 }));
  const { y } = await runGraph(build, { x: feed([1, 1, 2, 1], [6, 4]) }, weights);
  // Pixel +1: scores 2 and −2 → own weight σ(4); its values are 1 + 1 and −1 + 1.
  const own = sigmoid(4);
  expectClose(y!, [6 + 100 + 10 * 2 * own, 4 + 100 + 10 * 2 * (1 - own)], 1e-4);
});
