import { expect, it } from "vitest";
import { position, samplerStep, velocity } from "../../../test/support/engine/sampler-step.ts";
import { heun } from "./heun.ts";

it("is exact on a parabola, at one more call", async () => {
  const step = samplerStep(0.75, 0.5);
  const [x] = await heun.step(step);
  expect(x!.data[0]).toBeCloseTo(position(0.5), 6);
  expect(step.calls).toBe(1);
});

it("takes Euler's step to the end, where the network was never trained", async () => {
  const last = samplerStep(0.25, 0);
  const [end] = await heun.step(last);
  expect(end!.data[0]).toBeCloseTo(position(0.25) - 0.25 * velocity(0.25), 6);
  expect(last.calls).toBe(0);
});
