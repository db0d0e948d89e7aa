import { describe, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { AttentionForm } from "../graph-options.ts";
import type { Value } from "../value.ts";
import { multiHeadAttention } from "./attention.ts";

describe.each<AttentionForm>(["fused", "standard", "decomposed"])("multiHeadAttention, %s", (attention) => {
  const run = async (options: { mask?: number[]; causal?: boolean }) => {
    const build = (g: GraphBuilder) => {
      const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, "float32", ["B", "S", 4])) as [Value, Value, Value];
      const keyMask = options.mask && g.input("mask", "int32", ["B", "S"]);
      g.output("y", multiHeadAttention(g, q, k, v, { heads: 2, keyMask, causal: options.causal ?? false }));
    };
    // Head 0: both keys score equally. Head 1: the first key scores ln 3 higher after the scale 1/√2, so weights are
    // 3/4 and 1/4.
    const high = Math.log(3) * Math.SQRT2;
    const feeds = {
      q: feed([1, 2, 4], [1, 0, 1, 0, 1, 0, 1, 0]),
      k: feed([1, 2, 4], [0, 1, high, 0, 0, 1, 0, 0]),
      v: feed([1, 2, 4], [2, 4, 8, 0, 4, 8, 0, 8]),
      ...(options.mask && { mask: { dtype: "int32" as const, data: Int32Array.from(options.mask), dims: [1, 2] } }),
    };
    return (await runGraph(build, feeds, {}, { attention })).y!;
  };

  it("mixes values by softmax, head by head", async () => {
    expectClose(await run({}), [3, 6, 6, 2, 3, 6, 6, 2], 1e-5);
  });

  it("leaves masked keys out", async () => {
    expectClose(await run({ mask: [1, 0] }), [2, 4, 8, 0, 2, 4, 8, 0], 1e-5);
  });

  it("looks back only, when causal", async () => {
    expectClose(await run({ causal: true }), [2, 4, 8, 0, 3, 6, 6, 2], 1e-5);
  });
});
