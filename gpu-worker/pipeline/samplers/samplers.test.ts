import { expect, it } from "vitest";
import { type Tensor, tensor } from "../../tensor.ts";
import { gaussianNoise } from "../noise.ts";
import type { SamplerStep } from "./sampler.ts";
import { samplers } from "./samplers.ts";

const of = (...values: number[]): Tensor => tensor(Float32Array.from(values), [values.length]);

/** The path x(sigma) = a + b·sigma + c·sigma², whose velocity depends on sigma alone. */
const position = (sigma: number) => 1 + 2 * sigma + 4 * sigma ** 2;
const velocity = (sigma: number) => 2 + 8 * sigma;

function stepOf(sigma: number, sigmaNext: number, changes: Partial<SamplerStep> = {}): SamplerStep & { calls: number } {
  const step = {
    latents: [of(position(sigma))],
    velocities: [of(velocity(sigma))],
    sigma,
    sigmaNext,
    calls: 0,
    async predict(latents: readonly Tensor[], at: number) {
      step.calls++;
      return latents.map(() => of(velocity(at)));
    },
    noise: () => new Float32Array(1),
    ...changes,
  };
  return step;
}

it("Euler follows the velocity at the start of the step", async () => {
  const [x] = await samplers.euler.step(stepOf(0.75, 0.5));
  expect(x!.data[0]).toBeCloseTo(position(0.75) - 0.25 * velocity(0.75), 6);
});

it("Heun is exact on a parabola, at one more call, and Euler's in the last step", async () => {
  const step = stepOf(0.75, 0.5);
  const [x] = await samplers.heun.step(step);
  expect(x!.data[0]).toBeCloseTo(position(0.5), 6);
  expect(step.calls).toBe(1);
  const last = stepOf(0.25, 0);
  const [end] = await samplers.heun.step(last);
  expect(end!.data[0]).toBeCloseTo(position(0.25) - 0.25 * velocity(0.25), 6);
  expect(last.calls).toBe(0);
});

it("the ancestral sampler keeps latents on the path, and their noise of the level that the next step expects", async () => {
  const count = 20_000;
  const [sigma, sigmaNext] = [0.8, 0.5];
  const [old, fresh] = [gaussianNoise(1, count), gaussianNoise(2, count)];
  const clean = 3;
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
  const [x] = await samplers.euler_ancestral.step(
    stepOf(sigma, sigmaNext, { latents, velocities, noise: () => fresh }),
  );
  const rest = x!.data.map((value) => value - (1 - sigmaNext) * clean);
  const mean = rest.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(rest.reduce((sum, value) => sum + value ** 2, 0) / count);
  expect(mean).toBeCloseTo(0, 1);
  expect(deviation).toBeCloseTo(sigmaNext, 2);
  const [end] = await samplers.euler_ancestral.step(stepOf(sigma, 0, { latents, velocities, noise: () => fresh }));
  expect(end!.data[0]).toBeCloseTo(clean, 5);
});

it("says what a step of each costs", () => {
  expect(Object.entries(samplers).map(([name, { callsPerStep }]) => [name, callsPerStep])).toEqual([
    ["euler", 1],
    ["heun", 2],
    ["euler_ancestral", 1],
  ]);
});
