import { callsPerStep } from "../../../shared/request/samplers.ts";
import { eulerStep } from "./euler.ts";
import type { Sampler } from "./sampler.ts";

/** The explicit midpoint method: the whole step along the velocity at its middle. */
export const midpoint: Sampler = {
  callsPerStep: callsPerStep.midpoint,
  async step({ latents, velocities, sigma, sigmaNext, predict }) {
    const middle = (sigma + sigmaNext) / 2;
    const halfway = latents.map((x, item) => eulerStep(x, velocities[item]!, sigma, middle));
    const atMiddle = await predict(halfway, middle);
    return latents.map((x, item) => eulerStep(x, atMiddle[item]!, sigma, sigmaNext));
  },
};
