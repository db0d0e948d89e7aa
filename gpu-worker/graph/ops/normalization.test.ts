import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { layerNormalization } from "./normalization.ts";

it("layerNormalization takes mean and eps away", async () => {
  const { y } = await runGraph((g) => g.output("y", layerNormalization(g, g.input("x", "float32", ["B", 2]), 1e-6)), {
    x: feed([2, 2], [5, 3, 1.001, 0.999]),
  });
  // (5, 3): mean 4, variance 1. (1.001, 0.999): variance 1e-6, so 1e-3/sqrt(2e-6).
  expectClose(y!, [1, -1, Math.SQRT1_2, -Math.SQRT1_2], 1e-4);
});
