import { expect, it } from "vitest";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { downsampleConv2d, upsampleNearest2d } from "./convolution.ts";

it("downsampling pads right and below only", async () => {
  const weights = {
    "conv.weight": float32Tensor([1, 1, 3, 3], [1, 2, 3, 10, 20, 30, 100, 200, 300]),
    "conv.bias": float32Tensor([1], [0]),
  };
  const build = (g: GraphBuilder) =>
    g.output("y", downsampleConv2d(g, g.input("x", "float32", [1, 1, "2*h", "2*w"]), "conv"));
  // Of the 3×3 window only the upper left 2×2 lies in the image.
  expect((await runGraph(build, { x: feed([1, 1, 2, 2], [1, 1, 1, 1]) }, weights)).y).toEqual([33]);
});

it("upsampling repeats pixels", async () => {
  const { y } = await runGraph((g) => g.output("y", upsampleNearest2d(g, g.input("x", "float32", [1, 1, "h", "w"]))), {
    x: feed([1, 1, 1, 2], [1, 2]),
  });
  expect(y).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
});
