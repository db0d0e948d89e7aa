import { expect, it } from "vitest";
import { position, samplerStep } from "../../../test/support/engine/sampler-step.ts";
import { midpoint } from "./midpoint.ts";

it.each([
  [0.75, 0.5],
  [0.25, 0],
])("is exact on a parabola from %d to %d, at one more call", async (sigma, sigmaNext) => {
  const step = samplerStep(sigma, sigmaNext);
  const [x] = await midpoint.step(step);
  expect(x!.data[0]).toBeCloseTo(position(sigmaNext), 6);
  expect(step.calls).toBe(1);
});
