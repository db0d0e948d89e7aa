import { describe, expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { cast } from "../ops/arithmetic.ts";
import { rmsNorm, rmsNormPerHead } from "./rms-norm.ts";

describe("rmsNorm", () => {
  const norm = (x: number[], eps: number) =>
    runGraph(
      (g) => g.output("y", rmsNorm(g, g.input("x", "float32", ["B", 2]), "norm", eps)),
      { x: feed([1, 2], x) },
      { "norm.weight": float32Tensor([2], [1, 2]) },
    );

  it("divides by the root mean square and multiplies by the weight", async () => {
    // mean(9, 49) = 29
    expectClose((await norm([3, -7], 1e-6)).y!, [3 / Math.sqrt(29), -14 / Math.sqrt(29)], 1e-6);
  });

  it("adds eps under the root, where small values show it", async () => {
    // mean(x²) = 1e-6: 1e-3/sqrt(1e-6 + 1e-5) = 0.30151, 1e-3/sqrt(1e-6 + 1e-6) = 0.70711
    expectClose((await norm([1e-3, 1e-3], 1e-5)).y!, [0.30151134, 0.60302269], 1e-6);
    expectClose((await norm([1e-3, 1e-3], 1e-6)).y!, [Math.SQRT1_2, Math.SQRT2], 1e-6);
  });

  it("takes the mean in float32 for float16 inputs", async () => {
    let node: unknown;
    const build = (g: GraphBuilder) => {
      const x = cast(g, g.input("x", "float32", ["B", 2]), "float16");
      g.output("y", cast(g, rmsNorm(g, x, "norm", 1e-6), "float32"));
      node = g.nodes.find(({ op }) => op === "SimplifiedLayerNormalization")?.attributes;
    };
    const { y } = await runGraph(
      build,
      { x: feed([1, 2], [300, 300]) },
      { "norm.weight": float32Tensor([2], [1, 2]) },
      { computeDtype: "float16" },
    );
    expectClose(y!, [1, 2], 1e-3); // 300² is beyond float16
    expect(node).toMatchObject({ stash_type: 1n }); // and other devices are told the same
  });

  it("works on each head by itself", async () => {
    const build = (g: GraphBuilder) =>
      g.output("y", rmsNormPerHead(g, g.input("x", "float32", ["B", "S", 4]), "norm", { headDim: 2, eps: 0 }));
    const { y } = await runGraph(
      build,
      { x: feed([1, 1, 4], [1, 7, 30, 40]) },
      { "norm.weight": float32Tensor([2], [1, 1]) },
    );
    expectClose(y!, [1 / 5, 7 / 5, 30 / Math.sqrt(1250), 40 / Math.sqrt(1250)], 1e-6); // mean(1, 49) = 25
  });
});
