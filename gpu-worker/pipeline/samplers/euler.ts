import { callsPerStep } from "../../../shared/request/samplers.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import type { Sampler } from "./sampler.ts";

/** Euler's method: straight on along the velocity. What the models were made for. */
export const euler: Sampler = {
  callsPerStep: callsPerStep.euler,
  step: ({ latents, velocities, sigma, sigmaNext }) =>
    latents.map((x, item) => eulerStep(x, velocities[item]!, sigma, sigmaNext)),
};

/** `latents + (sigmaNext − sigma)·velocity`, float32. */
export function eulerStep({ data, shape }: Tensor, velocity: Tensor, sigma: number, sigmaNext: number): Tensor {
  const dt = Math.fround(sigmaNext - sigma);
  return tensor(
    data.map((value, i) => value + Math.fround(dt * velocity.data[i]!)),
    shape,
  );
}
