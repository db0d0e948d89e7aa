import type { JobRequest, Model } from "../../../../sdk/src/index.ts";
import type { Draft } from "./draft.ts";

/** Seeds that the page picks: short enough to be read out. */
const pickedSeeds = 2 ** 32;

export function pickSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % pickedSeeds;
}

/**
 * The request that Draw sends and the code panel shows. What the draft leaves to the model, and what the model does not
 * take, is left out.
 * @param model - the draft's
 * @param isDefault - whether the service takes it where a request names none
 */
export function jobRequest(draft: Draft, model: Model, isDefault: boolean, seed: number | null): JobRequest {
  const { accepts, defaults } = model;
  const { input, mask, controlnet, size, steps, guidance, quality, format } = draft;
  const usesInput = accepts.image && input !== null;
  const usesGuidance = accepts.guidance && guidance !== null && guidance !== defaults.guidance;
  const effectiveGuidance = usesGuidance ? guidance : defaults.guidance;
  const usesNegative = accepts.negative_prompt && effectiveGuidance > 0 && draft.negativePrompt.trim() !== "";
  return {
    ...(!isDefault && { model: model.id }),
    prompt: draft.prompt,
    ...(usesNegative && { negative_prompt: draft.negativePrompt }),
    ...(size !== null && { size: `${size.width}x${size.height}` }),
    ...(draft.n > 1 && { n: draft.n }),
    ...(seed !== null && { seed }),
    ...(steps !== null && steps !== defaults.steps && { steps }),
    ...(usesGuidance && { guidance }),
    ...(usesInput && { image: input.id }),
    ...(usesInput && draft.strength !== null && { strength: draft.strength }),
    ...(usesInput && accepts.mask && mask !== null && { mask }),
    ...(accepts.loras && draft.loras.length > 0 && { loras: draft.loras.map(({ id, scale }) => ({ id, scale })) }),
    ...(accepts.controlnet &&
      controlnet?.image && {
        controlnet: { id: controlnet.id, image: controlnet.image.id, scale: controlnet.scale },
      }),
    ...(draft.upscale !== "none" && { upscale: draft.upscale }),
    ...(format !== "png" && { output: { format, ...(quality !== null && { quality }) } }),
    ...(draft.lane === "batch" && { priority: "batch" }),
  };
}
