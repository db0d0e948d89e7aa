import { describe, expect, it } from "vitest";
import { constant, initialWeight, normal, perInput, xavier } from "./initial-weights.ts";

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
