import { expect, it } from "vitest";
import { position, samplerStep, velocity } from "../../../test/support/engine/sampler-step.ts";
import { euler } from "./euler.ts";

it("follows the velocity at the start of the step", async () => {
  const [x] = await euler.step(samplerStep(0.75, 0.5));
  expect(x!.data[0]).toBeCloseTo(position(0.75) - 0.25 * velocity(0.75), 6);
});
