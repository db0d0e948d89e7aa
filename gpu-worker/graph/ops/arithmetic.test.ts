import { it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { silu } from "./arithmetic.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));

it("silu is x · sigmoid(x)", async () => {
  const { y } = await runGraph((g) => g.output("y", silu(g, g.input("x", "float32", [3]))), {
    x: feed([3], [-2, 0, 3]),
  });
  expectClose(y!, [siluOf(-2), 0, siluOf(3)], 1e-6);
});
