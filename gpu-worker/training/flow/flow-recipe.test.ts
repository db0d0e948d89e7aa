import { expect, it } from "vitest";
import { flowInitialWeight, flowOptimizers } from "./flow-recipe.ts";

it("begins with an output of zero and gates that are half open", () => {
  const first = (name: string, shape: readonly number[]) => [...flowInitialWeight(1, name, shape).data];
  expect(first("all_final_layer.2-1.linear.weight", [2, 2])).toEqual([0, 0, 0, 0]);
  expect(first("layers.0.adaLN_modulation.0.bias", [8])).toEqual([0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5]);
  expect(first("layers.0.ffn_norm1.weight", [2])).toEqual([1, 1]);
  expect(first("cap_embedder.1.bias", [2])).toEqual([0, 0]);
});

it.each([
  ["model.embed_tokens.weight", 0.05],
  ["x_pad_token", 0.02],
  ["layers.0.adaLN_modulation.0.weight", 0.02],
  ["layers.0.attention.to_q.weight", Math.sqrt(6 / 200 / 3)], // uniform in ±√(6 / (rows + columns))
])("draws %s with the deviation %d", (name, deviation) => {
  const { data } = flowInitialWeight(1, name, [100, 100]);
  const measured = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  expect(measured / deviation).toBeCloseTo(1, 1);
});

it("gives matrices inside the layers to Muon, the token table and the rest to AdamW", () => {
  const optimizerOf = flowOptimizers();
  const states = (name: string, shape: readonly number[]) => optimizerOf({ name, shape }).stateNames;
  for (const name of ["layers.0.attention.to_q.weight", "model.layers.1.mlp.up_proj.weight"]) {
    expect(states(name, [2, 2])).toEqual(["momentum"]);
  }
  for (const name of ["t_embedder.mlp.0.weight", "cap_embedder.1.weight", "model.embed_tokens.weight"]) {
    expect(states(name, [2, 2])).toEqual(["moment1", "moment2"]);
  }
  expect(states("layers.0.attention.norm_q.weight", [2])).toEqual(["moment1", "moment2"]);
  // Parameters of one kind share an object, and so its scalars; the token table learns at another rate.
  const of = (name: string) => optimizerOf({ name, shape: [2] });
  expect(of("a.bias")).toBe(of("b.bias"));
  expect(of("model.embed_tokens.weight")).not.toBe(of("b.bias"));
});
