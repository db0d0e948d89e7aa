import { callsPerStep } from "../../../shared/request/samplers.ts";
import { tensor } from "../../tensor.ts";
import { eulerStep } from "./euler.ts";
import type { Sampler } from "./sampler.ts";

/**
 * Heun's method: an Euler step, then the same step again along the mean of the velocities at its two ends. The last
 * step is Euler's: at sigma 0 the network was never trained.
 * @see Karras et al., "Elucidating the design space of diffusion-based generative models", 2022, algorithm 1
 */
export const heun: Sampler = {
  callsPerStep: callsPerStep.heun,
  async step({ latents, velocities, sigma, sigmaNext, predict }) {
    const ends = latents.map((x, item) => eulerStep(x, velocities[item]!, sigma, sigmaNext));
    if (sigmaNext === 0) return ends;
    const atEnds = await predict(ends, sigmaNext);
    return latents.map((x, item) => {
      const mean = velocities[item]!.data.map((value, i) => Math.fround(value + atEnds[item]!.data[i]!) / 2);
      return eulerStep(x, tensor(mean, x.shape), sigma, sigmaNext);
    });
  },
};
