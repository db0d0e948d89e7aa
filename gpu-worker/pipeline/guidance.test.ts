import { expect, it } from "vitest";
import { tensor } from "../tensor.ts";
import { applyGuidance, guidanceScaleAt } from "./guidance.ts";

const of = (...values: number[]) => tensor(new Float32Array(values), [values.length]);

it("adds the difference to the positive prediction, so that scale 1 doubles it", () => {
  expect([...applyGuidance(of(3, 4), of(1, 4), 1, 0).data]).toEqual([5, 4]);
});

it("shortens a guided prediction to the length of the positive one", () => {
  // 3,4 has length 5; guided 6,8 has length 10.
  expect([...applyGuidance(of(3, 4), of(0, 0), 1, 1).data]).toEqual([3, 4]);
  expect([...applyGuidance(of(3, 4), of(0, 0), 1, 1.5).data]).toEqual([4.5, 6]);
});

it("leaves a guided prediction alone that is short enough", () => {
  expect([...applyGuidance(of(4, 0), of(8, 0), 0.5, 1).data]).toEqual([2, 0]);
});

it("is off past the truncation time, and never with truncation 1", () => {
  expect(guidanceScaleAt({ scale: 4, normalization: 0, truncation: 0.35 }, 0.35)).toBe(4);
  expect(guidanceScaleAt({ scale: 4, normalization: 0, truncation: 0.35 }, 0.36)).toBe(0);
  expect(guidanceScaleAt({ scale: 4, normalization: 0, truncation: 1 }, 1)).toBe(4);
});
