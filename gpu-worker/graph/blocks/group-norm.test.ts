import { describe, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { groupNorm } from "./group-norm.ts";

describe("groupNorm", () => {
  const norm = (values: number[]) => {
    const weights = { "norm.weight": float32Tensor([4], [1, 2, 1, 1]), "norm.bias": float32Tensor([4], [0, 0, 5, 0]) };
    const build = (g: GraphBuilder) =>
      g.output("y", groupNorm(g, g.input("x", "float32", [1, 4, "h", "w"]), "norm", { groups: 2, eps: 1e-6 }));
    return runGraph(build, { x: feed([1, 4, 1, 2], values) }, weights);
  };

  it("takes statistics over the channels of a group, weight and bias per channel", async () => {
    // Group 0 is (1, 3, 5, 7): mean 4, variance 5. Group 1 is constant.
    const { y } = await norm([1, 3, 5, 7, 9, 9, 9, 9]);
    const unit = 1 / Math.sqrt(5);
    expectClose(y!, [-3 * unit, -unit, 2 * unit, 6 * unit, 5, 5, 0, 0], 1e-5);
  });

  it("adds an eps of 1e-6 to the variance", async () => {
    // ±1e-3: variance 1e-6, so 1e-3/sqrt(2e-6).
    const { y } = await norm([1e-3, -1e-3, 1e-3, -1e-3, 0, 0, 0, 0]);
    expectClose(y!.slice(0, 4), [Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2], 1e-5);
  });
});
