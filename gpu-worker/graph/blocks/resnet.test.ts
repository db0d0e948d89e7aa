import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { resnet } from "./resnet.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));

it("resnet adds norm, SiLU, convolution, twice, to a fitted input", async () => {
  // 1×1 image: a 3×3 convolution sees its centre only. Norm over one group of two channels.
  const centre = (out: number, inputs: number, value: number) =>
    float32Tensor(
      [out, inputs, 3, 3],
      Array.from({ length: out * inputs * 9 }, (_, i) => (i % 9 === 4 ? value : 0)),
    );
  const weights = {
    "norm1.weight": float32Tensor([2], [1, 1]),
    "norm1.bias": float32Tensor([2], [0, 0]),
    "conv1.weight": centre(1, 2, 1),
    "conv1.bias": float32Tensor([1], [0]),
    "norm2.weight": float32Tensor([1], [1]),
    "norm2.bias": float32Tensor([1], [2]), // one value minus its mean is 0, so this is all that is left
    "conv2.weight": centre(1, 1, 3),
    "conv2.bias": float32Tensor([1], [0.5]),
    "conv_shortcut.weight": float32Tensor([1, 2, 1, 1], [1, 10]),
    "conv_shortcut.bias": float32Tensor([1], [0.25]),
  };
  const build = (g: GraphBuilder) =>
    g.output("y", resnet(g, g.input("x", "float32", [1, 2, "h", "w"]), 1, { groups: 1, eps: 1e-6 }));
  expectClose(
    (await runGraph(build, { x: feed([1, 2, 1, 1], [4, 2]) }, weights)).y!,
    [24.25 + 3 * siluOf(2) + 0.5],
    1e-5,
  );
});
