import { expect, it } from "vitest";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { linear } from "../graph/ops/linear.ts";
import type { WeightSource } from "../graph/weight-source.ts";
import { trainedWeights } from "./trained-weights.ts";

const data = { file: "/model.safetensors", offset: 0, length: 48 };
const branch = {
  name: "known",
  down: { dtype: "float32", shape: [1, 4], data: "fed" },
  up: { dtype: "float32", shape: [6, 1], data: "fed" },
  scale: 1,
} as const;
const frozen: WeightSource = {
  description: "/model",
  weight: (name) => (name === "to_q.weight" ? ({ dtype: "bfloat16", shape: [6, 4], data } as const) : undefined),
  corrections: (target) => ({ lowRank: target === "to_q" ? [branch] : [] }),
};
const fed = (shape: readonly number[]) => ({ dtype: "float32", shape, data: "fed" });

it("feeds what is trained in the shape that the graph asks for, and reads the rest from the frozen weights", () => {
  const all = trainedWeights();
  expect(all.weight("norm.weight", [4])).toEqual(fed([4]));
  const some = trainedWeights({ trains: (name) => name === "norm.weight", frozen });
  expect(some.weight("norm.weight", [4])).toEqual(fed([4]));
  expect(some.weight("to_q.weight", [6, 4])).toMatchObject({ dtype: "bfloat16", data });
  expect(some.weight("other.weight", [1])).toBeUndefined();
  expect(some.description).toBe("/model");
});

const lowRank = { targets: (target: string) => target.startsWith("to_"), rank: 2, alpha: 4 };

it("trains low-rank branches beside frozen weights, and none of those", () => {
  const g = new GraphBuilder({ weights: trainedWeights({ frozen: { ...frozen, corrections: undefined }, lowRank }) });
  const y = linear(g, g.input("x", "float32", ["B", 4]), "to_q", 6);
  expect(g.parameters.map(({ name, dims }) => [name, dims])).toEqual([
    ["to_q down", [2, 4]],
    ["to_q up", [6, 2]],
  ]);
  expect(g.nodes.find(({ outputs }) => outputs[0] === y)?.attributes.alpha).toBe(2);
});

it("keeps the corrections that the frozen weights have, and adds none where there is no such layer", () => {
  const weights = trainedWeights({ frozen, lowRank });
  expect(weights.corrections!("to_q").lowRank).toEqual([
    branch,
    { name: "to_q", down: fed([2, 4]), up: fed([6, 2]), scale: 2 },
  ]);
  expect(weights.corrections!("to_k").lowRank).toEqual([]);
  expect(trainedWeights({ frozen }).corrections!("to_q").lowRank).toEqual([branch]);
});
