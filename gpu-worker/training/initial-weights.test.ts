import { describe, expect, it } from "vitest";
import { flowInitialWeight } from "./flow/flow-recipe.ts";
import { constant, initialWeight, normal, perInput, xavier } from "./initial-weights.ts";
import { vaeInitialWeight } from "./vae/vae-task.ts";

describe("weights before training", () => {
  it("depend on seed and name alone", () => {
    const draw = (seed: number, name: string) => initialWeight(seed, name, [2, 3], normal(1)).data;
    expect(draw(1, "a")).toEqual(draw(1, "a"));
    expect(draw(1, "a")).not.toEqual(draw(2, "a"));
    expect(draw(1, "a")).not.toEqual(draw(1, "b"));
  });

  it.each([
    ["xavier", xavier([50, 100]), Math.sqrt(6 / 150)],
    ["per input", perInput([50, 10, 3, 3]), 1 / Math.sqrt(90)],
  ] as const)("%s: uniform up to its limit", (_, initializer, limit) => {
    const { data } = initialWeight(1, "w", [50, 100], initializer);
    const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.99 * limit);
    expect(data.reduce((sum, value) => sum + value, 0) / data.length).toBeCloseTo(0, 2);
  });

  it("normal: the deviation asked for", () => {
    const { data } = initialWeight(1, "w", [100, 100], normal(0.05));
    expect(Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)).toBeCloseTo(0.05, 3);
    expect(initialWeight(1, "w", [2], constant(3)).data).toEqual(Float32Array.of(3, 3));
  });
});

it("the posterior of a new VAE is narrow: log-variance −5 whatever the image", () => {
  expect(vaeInitialWeight(1, "encoder.conv_out.bias", [4]).data).toEqual(Float32Array.of(0, 0, -5, -5));
  const { data } = vaeInitialWeight(1, "encoder.conv_out.weight", [4, 100, 3, 3]);
  const largest = (part: Float32Array) => part.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  expect(largest(data.subarray(data.length / 2)) / largest(data.subarray(0, data.length / 2))).toBeCloseTo(0.05, 2);
  expect(vaeInitialWeight(1, "decoder.conv_norm_out.weight", [2]).data).toEqual(Float32Array.of(1, 1));
  expect(vaeInitialWeight(1, "decoder.conv_in.bias", [2]).data).toEqual(Float32Array.of(0, 0));
});

it("a new transformer gives zero, and its gates are half open", () => {
  expect(flowInitialWeight(1, "all_final_layer.2-1.linear.weight", [2, 2]).data).toEqual(new Float32Array(4));
  const bias = flowInitialWeight(1, "layers.0.adaLN_modulation.0.bias", [8]).data;
  expect(bias).toEqual(Float32Array.of(0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5));
  expect(flowInitialWeight(1, "layers.0.ffn_norm1.weight", [2]).data).toEqual(Float32Array.of(1, 1));
  expect(flowInitialWeight(1, "cap_embedder.1.bias", [2]).data).toEqual(Float32Array.of(0, 0));
});
