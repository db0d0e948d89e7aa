import type { SamplerStep } from "../../../gpu-worker/pipeline/samplers/sampler.ts";
import { type Tensor, tensor } from "../../../gpu-worker/tensor.ts";

const of = (value: number): Tensor => tensor(Float32Array.of(value), [1]);

/** The path x(sigma) = 1 + 2·sigma + 4·sigma², whose velocity depends on sigma alone. */
export const position = (sigma: number) => 1 + 2 * sigma + 4 * sigma ** 2;
export const velocity = (sigma: number) => 2 + 8 * sigma;

/** A step along that path, which counts further network calls. */
export function samplerStep(
  sigma: number,
  sigmaNext: number,
  changes: Partial<SamplerStep> = {},
): SamplerStep & { calls: number } {
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
