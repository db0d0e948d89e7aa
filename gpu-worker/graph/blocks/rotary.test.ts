import { describe, expect, it } from "vitest";
import { feed, feedIndices, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { cast } from "../ops/arithmetic.ts";
import { applyRotary } from "./rotary.ts";

describe("rotary", () => {
  // Two pairs, turned by 90° and 180°; the second token reads row 0 of the tables, which does not turn.
  const rotate = async (interleaved: boolean) => {
    const build = (g: GraphBuilder) => {
      const rotary = {
        cos: g.input("cos", "float32", ["R", 2]),
        sin: g.input("sin", "float32", ["R", 2]),
        positions: g.input("positions", "int64", ["B", "S"]),
      };
      g.output("y", applyRotary(g, g.input("x", "float32", ["B", "S", 4]), rotary, { interleaved }));
    };
    const feeds = {
      cos: feed([2, 2], [1, 1, 0, -1]),
      sin: feed([2, 2], [0, 0, 1, 0]),
      positions: feedIndices([1, 2], [1, 0]),
      x: feed([1, 2, 4], [1, 2, 3, 4, 1, 2, 3, 4]),
    };
    return (await runGraph(build, feeds)).y;
  };

  it("turns neighbouring channels together", async () => {
    expect(await rotate(true)).toEqual([-2, 1, -3, -4, 1, 2, 3, 4]);
  });

  it("turns channels half a head apart together", async () => {
    expect(await rotate(false)).toEqual([-3, -2, 1, -4, 1, 2, 3, 4]);
  });

  it("is done in float32 whatever the activations are", async () => {
    const build = (g: GraphBuilder) => {
      const rotary = {
        cos: g.input("cos", "float32", ["R", 1]),
        sin: g.input("sin", "float32", ["R", 1]),
        positions: g.input("positions", "int64", ["B", "S"]),
      };
      const y = applyRotary(g, cast(g, g.input("x", "float32", ["B", "S", 2]), "bfloat16"), rotary, {
        interleaved: true,
      });
      expect(y.dtype).toBe("bfloat16");
      expect(g.nodes.find(({ op }) => op === "RotaryEmbedding")?.inputs[0]?.dtype).toBe("float32");
      g.output("y", cast(g, y, "float32"));
    };
    await runGraph(build, {
      cos: feed([1, 1], [1]),
      sin: feed([1, 1], [0]),
      positions: feedIndices([1, 1], [0]),
      x: feed([1, 1, 2], [1, 2]),
    });
  });
});
