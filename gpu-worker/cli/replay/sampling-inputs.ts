import { z } from "zod";

/** Fields of every case that draws an image. */
export const samplingSchema = {
  height: z.int().positive(),
  width: z.int().positive(),
  num_inference_steps: z.int().positive(),
  guidance_scale: z.number(),
};

interface StoredSampling {
  readonly height: number;
  readonly width: number;
  readonly num_inference_steps: number;
  readonly guidance_scale: number;
  readonly cfg_normalization?: boolean | number;
  readonly cfg_truncation?: number;
}

/** The pipeline inputs that a case gives. The seed is not used: noise comes from the case. */
export function samplingInputs(stored: StoredSampling) {
  const { height, width, num_inference_steps: numInferenceSteps, guidance_scale: scale } = stored;
  const { cfg_normalization: normalization = 0, cfg_truncation: truncation = 1 } = stored;
  const guidance = { scale, normalization: Number(normalization), truncation };
  return { width, height, numInferenceSteps, guidance, seed: 0 };
}
