import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { gradientError } from "../../../test/support/training/finite-differences.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { recordingWeights } from "../weight-audit.ts";
import { buildTextEncoder, embeddingTable, textEncoder } from "./text-encoder.ts";
import { textEncoderConfig } from "./z-image-config.ts";

const config = goldenConfig("tiny-turbo/text_encoder", textEncoderConfig);
const table = embeddingTable(config).name;

it("reads every weight once for all hidden states, and none of the last layer for the conditioning", () => {
  const all = (g: GraphBuilder) => buildTextEncoder(g, config, { allHiddenStates: true });
  expect(goldenAudit("tiny-turbo/text_encoder", [all], (name) => name === table)).toEqual([]);
  const conditioning = (g: GraphBuilder) => buildTextEncoder(g, config);
  const beyond = (name: string) => name === table || /^model\.(layers\.2|norm)\./.test(name);
  expect(goldenAudit("tiny-turbo/text_encoder", [conditioning], beyond)).toEqual([]);
});

it("gives the hidden states by the number of layers before them", () => {
  const outputs = (options?: { allHiddenStates: boolean }) => {
    const g = new GraphBuilder({ weights: recordingWeights().source });
    buildTextEncoder(g, config, options);
    return g.outputs.map(({ name }) => name);
  };
  expect(outputs()).toEqual(["hidden_states.2"]);
  expect(outputs({ allHiddenStates: true })).toEqual([0, 1, 2, 3].map((i) => `hidden_states.${i}`));
});

it("shares each key and value head between neighbouring query heads", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  buildTextEncoder(g, { ...config, heads: 4, keyValueHeads: 2 });
  const gathers = g.nodes.filter(({ op }) => op === "Gather");
  expect(gathers).toHaveLength(2 * 2); // keys and values of two layers
  const same = new GraphBuilder({ weights: recordingWeights().source });
  buildTextEncoder(same, { ...config, heads: 4, keyValueHeads: 4 });
  expect(same.nodes.filter(({ op }) => op === "Gather")).toEqual([]);
});

// Finite differences of an element of every weight show that no operator on the way is missing. The limit allows for
// the curvature of many layers; each operator's own test is strict.
it("passes gradients, in batches", async () => {
  const error = await gradientError({
    inputs: { a: ["B", "T", config.hiddenSize] },
    build: (g, { a }) => {
      const rotary = {
        cos: g.input("cos", "float32", [4, config.headDim / 2]),
        sin: g.input("sin", "float32", [4, config.headDim / 2]),
        positions: g.input("positions", "int64", ["B", "T"]),
      };
      return textEncoder(g, a, rotary, config);
    },
    seeds: [1],
    elements: 1,
    draw: (random) => 0.6 * random() - 0.3,
  });
  expect(error).toBeLessThan(2e-2);
});
