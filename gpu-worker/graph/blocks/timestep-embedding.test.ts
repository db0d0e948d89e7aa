import { describe, expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, float32Tensor, runGraph } from "../../../test/support/engine/run-graph.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { timeFrequencies, timestepEmbedding } from "./timestep-embedding.ts";

const siluOf = (x: number) => x / (1 + Math.exp(-x));
const constant = (length: number, value: number) => new Array<number>(length).fill(value);

describe("timestepEmbedding", () => {
  it("puts cosines first", () => {
    const values = timeFrequencies(0.001, 1000); // angle of the first frequency: 1
    expectClose(
      [values[0]!, values[128]!, values[127]!, values[255]!],
      [Math.cos(1), Math.sin(1), Math.cos(1e4 ** (-127 / 128)), Math.sin(1e4 ** (-127 / 128))],
      1e-6,
    );
    expect([...timeFrequencies(0, 1000)]).toEqual([...constant(128, 1), ...constant(128, 0)]);
  });

  it("is linear, SiLU, linear", async () => {
    const weights = {
      "t_embedder.mlp.0.weight": float32Tensor([1024, 256], constant(1024 * 256, 1 / 256)),
      "t_embedder.mlp.0.bias": float32Tensor([1024], constant(1024, -3)),
      "t_embedder.mlp.2.weight": float32Tensor([1, 1024], constant(1024, 1 / 1024)),
      "t_embedder.mlp.2.bias": float32Tensor([1], [0.25]),
    };
    const build = (g: GraphBuilder) => g.output("y", timestepEmbedding(g, g.input("f", "float32", ["B", 256]), 1));
    expectClose(
      (await runGraph(build, { f: feed([1, 256], constant(256, 2)) }, weights)).y!,
      [siluOf(-1) + 0.25],
      1e-5,
    );
  });
});
