import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { maxGuidance, maxSteps } from "../../../shared/limits.ts";
import { readJsonFile } from "./json-file.ts";
import type { ModelFamily } from "./model-family.ts";

/** How a model is meant to be sampled; its shift is in `scheduler_config.json`. */
export interface SamplingConfig {
  readonly numInferenceSteps: number;
  /** 0 where the model needs no guidance. */
  readonly guidanceScale: number;
}

/** Lies beside `model_index.json`; other loaders ignore it. */
export const samplingFileName = "generation_config.json";

const samplingFile = z.looseObject({
  num_inference_steps: z.int().min(1).max(maxSteps),
  guidance_scale: z.number().min(0).max(maxGuidance),
});

/** What the released folders leave unsaid. */
const releasedSampling: Readonly<Record<ModelFamily, SamplingConfig>> = {
  turbo: { numInferenceSteps: 8, guidanceScale: 0 },
  base: { numInferenceSteps: 50, guidanceScale: 4 },
};
/** Z-Image-Turbo's shift is 3, Z-Image's is 6; a fine-tune with another one is taken for the nearer. */
const betweenShifts = 4.5;

/**
 * @param modelIndex - path of `model_index.json`
 * @param shift - of the model's scheduler
 * @param family - where somebody says it; then neither the file nor the shift counts
 * @throws InvalidFileError for a bad file
 */
export async function readSamplingConfig(
  modelIndex: string,
  shift: number,
  family?: ModelFamily,
): Promise<SamplingConfig> {
  if (family !== undefined) return releasedSampling[family];
  const path = join(dirname(modelIndex), samplingFileName);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) {
    const file = await readJsonFile(path, samplingFile);
    return { numInferenceSteps: file.num_inference_steps, guidanceScale: file.guidance_scale };
  }
  return releasedSampling[shift < betweenShifts ? "turbo" : "base"];
}

/** The text of the file. */
export const samplingFileText = ({ numInferenceSteps, guidanceScale }: SamplingConfig): string =>
  `${JSON.stringify({ num_inference_steps: numInferenceSteps, guidance_scale: guidanceScale }, null, 2)}\n`;
