import { callsPerStep } from "../../../shared/request/samplers.ts";
import { tensor } from "../../tensor.ts";
import type { Sampler } from "./sampler.ts";

/**
 * Euler's method with fresh noise in every step but the last: a step to the level below `sigmaNext`, from which noise
 * leads back up to it. On the straight path `x = (1 − sigma)·clean + sigma·noise` the mix keeps the share of the clean
 * image that `sigmaNext` has.
 */
export const eulerAncestral: Sampler = {
  callsPerStep: callsPerStep.euler_ancestral,
  step({ latents, velocities, sigma, sigmaNext, noise }) {
    // With eta 1: as far below sigmaNext as that is below sigma, in proportion.
    const sigmaDown = sigmaNext ** 2 / sigma;
    const shareNext = 1 - sigmaNext;
    const scale = shareNext / (1 - sigmaDown);
    const fresh = Math.sqrt(Math.max(0, sigmaNext ** 2 - (sigmaDown * scale) ** 2));
    return latents.map((x, item) => {
      const velocity = velocities[item]!.data;
      const values = sigmaNext === 0 ? undefined : noise(item);
      return tensor(
        x.data.map((value, i) => {
          const below = value + (sigmaDown - sigma) * velocity[i]!;
          return values === undefined ? below : scale * below + fresh * values[i]!;
        }),
        x.shape,
      );
    });
  },
};
