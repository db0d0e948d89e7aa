import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { maxGuidance, maxSteps } from "../../../shared/limits.ts";
import { readJsonFile } from "./json-file.ts";

/** How a model is made to be sampled; its shift stands in `scheduler_config.json`. */
export interface SamplingConfig {
  readonly numInferenceSteps: number;
  /** 0 where the model needs no guidance. */
  readonly guidanceScale: number;
}

/** Beside `model_index.json`; other loaders pass it by. */
export const samplingFileName = "generation_config.json";

const samplingFile = z.looseObject({
  num_inference_steps: z.int().min(1).max(maxSteps),
  guidance_scale: z.number().min(0).max(maxGuidance),
});

/** What the released folders leave unsaid, by the shift that they do say: 3 is Z-Image-Turbo's, 6 is Z-Image's. */
const releasedSampling: Readonly<Record<number, SamplingConfig>> = {
  3: { numInferenceSteps: 8, guidanceScale: 0 },
  6: { numInferenceSteps: 50, guidanceScale: 4 },
};

/**
 * @param modelIndex - path of `model_index.json`
 * @param shift - of the model's scheduler
 * @throws InvalidFileError for a bad file, or where there is none and the shift is of no released model
 */
export async function readSamplingConfig(modelIndex: string, shift: number): Promise<SamplingConfig> {
  const path = join(dirname(modelIndex), samplingFileName);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) {
    const file = await readJsonFile(path, samplingFile);
    return { numInferenceSteps: file.num_inference_steps, guidanceScale: file.guidance_scale };
  }
  const released = releasedSampling[shift];
  if (!released) {
    throw new InvalidFileError(
      `${path} is missing: a model whose shift is neither 3 (Turbo) nor 6 (Base), got ${shift}, says there how it is sampled, such as ` +
        '{"num_inference_steps": 4, "guidance_scale": 0}',
    );
  }
  return released;
}

/** The text of the file. */
export const samplingFileText = ({ numInferenceSteps, guidanceScale }: SamplingConfig): string =>
  `${JSON.stringify({ num_inference_steps: numInferenceSteps, guidance_scale: guidanceScale }, null, 2)}\n`;
