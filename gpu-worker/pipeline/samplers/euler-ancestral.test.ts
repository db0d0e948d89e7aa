import { expect, it } from "vitest";
import { samplerStep } from "../../../test/support/engine/sampler-step.ts";
import { tensor } from "../../tensor.ts";
import { gaussianNoise } from "../noise.ts";
import { eulerAncestral } from "./euler-ancestral.ts";

const count = 20_000;
const [old, fresh] = [gaussianNoise(1, count), gaussianNoise(2, count)];
const clean = 3;
/** Latents on the straight path from noise to one colour, and their velocity. */
const stepAt = (sigma: number, sigmaNext: number) => {
  const latents = [
    tensor(
      old.map((noise) => (1 - sigma) * clean + sigma * noise),
      [count],
    ),
  ];
  const velocities = [
    tensor(
      old.map((noise) => noise - clean),
      [count],
    ),
  ];
  return samplerStep(sigma, sigmaNext, { latents, velocities, noise: () => fresh });
};

it("keeps latents on the path, and their noise of the level that the next step expects", async () => {
  const sigmaNext = 0.5;
  const [x] = await eulerAncestral.step(stepAt(0.8, sigmaNext));
  const rest = x!.data.map((value) => value - (1 - sigmaNext) * clean);
  const mean = rest.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(rest.reduce((sum, value) => sum + value ** 2, 0) / count);
  expect(mean).toBeCloseTo(0, 1);
  expect(deviation).toBeCloseTo(sigmaNext, 2);
  // Some of the noise is new: what is left of the old one is sigmaDown, 0.5² / 0.8, times its scale.
  const ofOld = rest.reduce((sum, value, i) => sum + value * old[i]!, 0) / count;
  const sigmaDown = sigmaNext ** 2 / 0.8;
  expect(ofOld).toBeCloseTo((sigmaDown * (1 - sigmaNext)) / (1 - sigmaDown), 1);
});

it("adds no noise in the last step", async () => {
  const noise = () => expect.fail("noise was drawn");
  const [end] = await eulerAncestral.step({ ...stepAt(0.8, 0), noise });
  for (const value of end!.data.subarray(0, 100)) expect(value).toBeCloseTo(clean, 5);
});
