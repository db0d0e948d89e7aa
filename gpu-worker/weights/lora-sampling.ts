import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import { maxGuidance, maxSteps } from "../../shared/limits.ts";
import { readSafetensors } from "./formats/safetensors.ts";

/** How images are drawn with a LoRA that changes that, such as a distillation to a few steps. */
export interface LoraSampling {
  readonly steps?: number;
  readonly guidance?: number;
  /** Without the final 0. */
  readonly sigmas?: readonly number[];
}

const sampling = z.looseObject({
  num_inference_steps: z.int().min(1).max(maxSteps).optional(),
  guidance_scale: z.number().min(0).max(maxGuidance).optional(),
  sigmas: z.array(z.number().gt(0).max(1)).min(1).max(maxSteps).optional(),
});

/**
 * What a LoRA file says in its metadata under `sampling`, a JSON object.
 * @throws InvalidFileError for something else there
 * @returns `undefined` where it says nothing
 */
export function readLoraSampling(path: string): LoraSampling | undefined {
  const text = readSafetensors(path).metadata.get("sampling");
  if (text === undefined) return undefined;
  const parsed = sampling.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidFileError(`${path}: metadata sampling: ${issue!.path.join(".")} ${issue!.message}`);
  }
  const { num_inference_steps, guidance_scale: guidance, sigmas } = parsed.data;
  return { steps: sigmas?.length ?? num_inference_steps, guidance, sigmas };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
