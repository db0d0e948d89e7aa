import { describe, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { blockModulation, finalScale } from "./modulation.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));

describe("modulation", () => {
  it("gives scales 1 + s and gates tanh(g), in the order scale, gate, scale, gate, without an activation before", async () => {
    const weights = {
      "adaLN_modulation.0.weight": float32Tensor([4, 1], [1, 2, 3, 4]),
      "adaLN_modulation.0.bias": float32Tensor([4], [0.1, 0.2, 0.3, 0.4]),
    };
    const build = (g: GraphBuilder) => {
      for (const [name, value] of Object.entries(blockModulation(g, g.input("c", "float32", ["B", 1]), 1)))
        g.output(name, value);
    };
    const outputs = await runGraph(build, { c: feed([2, 1], [-0.5, 0]) }, weights);
    expectClose(outputs.attentionScale!, [0.6, 1.1], 1e-6);
    expectClose(outputs.attentionGate!, [Math.tanh(-0.8), Math.tanh(0.2)], 1e-6);
    expectClose(outputs.feedForwardScale!, [-0.2, 1.3], 1e-6);
    expectClose(outputs.feedForwardGate!, [Math.tanh(-1.6), Math.tanh(0.4)], 1e-6);
  });

  it("has a SiLU before the final scale", async () => {
    const weights = {
      "adaLN_modulation.1.weight": float32Tensor([1, 1], [2]),
      "adaLN_modulation.1.bias": float32Tensor([1], [0.5]),
    };
    const { y } = await runGraph(
      (g) => g.output("y", finalScale(g, g.input("c", "float32", ["B", 1]), 1)),
      { c: feed([1, 1], [-0.5]) },
      weights,
    );
    expectClose(y!, [1.5 + 2 * siluOf(-0.5)], 1e-6);
  });
});
