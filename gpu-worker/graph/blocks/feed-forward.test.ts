import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { feedForward } from "./feed-forward.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));

it("feedForward is down(silu(gate x) · up x)", async () => {
  const weights = {
    "w1.weight": float32Tensor([2, 1], [1, -1]),
    "w3.weight": float32Tensor([2, 1], [2, 3]),
    "w2.weight": float32Tensor([1, 2], [1, 10]),
  };
  const build = (g: GraphBuilder) =>
    g.output("y", feedForward(g, g.input("x", "float32", ["B", "S", 1]), { gate: "w1", up: "w3", down: "w2" }, 2));
  const { y } = await runGraph(build, { x: feed([1, 1, 1], [2]) }, weights);
  expectClose(y!, [siluOf(2) * 4 + 10 * siluOf(-2) * 6], 1e-5);
});
