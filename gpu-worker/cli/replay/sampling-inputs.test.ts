import { expect, it } from "vitest";
import { z } from "zod";
import { samplingInputs, samplingSchema } from "./sampling-inputs.ts";

const stored = { height: 64, width: 96, num_inference_steps: 3, guidance_scale: 2.5 };

it("has neither normalization nor truncation where the case says nothing of them", () => {
  expect(samplingInputs(stored)).toEqual({
    width: 96,
    height: 64,
    numInferenceSteps: 3,
    seed: 0,
    guidance: { scale: 2.5, normalization: 0, truncation: 1 },
  });
});

it("takes normalization as the reference's flag or as its number", () => {
  const normalization = (cfg_normalization: boolean | number) =>
    samplingInputs({ ...stored, cfg_normalization, cfg_truncation: 0.5 }).guidance;
  expect(normalization(true)).toEqual({ scale: 2.5, normalization: 1, truncation: 0.5 });
  expect(normalization(0.3).normalization).toBe(0.3);
});

it("refuses a case without a size", () => {
  expect(z.object(samplingSchema).safeParse({ ...stored, width: 0 }).success).toBe(false);
});
