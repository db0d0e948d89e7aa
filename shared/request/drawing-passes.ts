import { InvalidInputError } from "../errors.ts";
import type { ImageParams } from "../job.ts";
import { callsPerStep, defaultSampler } from "./samplers.ts";

/** A refined image keeps its composition: only the last third of the steps is drawn again. */
export const refineStrength = 0.35;

/** One run of the transformer over an image, from noise, from an input image or from the smaller result. */
interface DrawingPass {
  readonly pixels: number;
  readonly steps: number;
}

/**
 * Parameters that decide which steps are drawn, and at which size. `strength` is absent where an image begins as noise.
 */
type PassParams = Pick<ImageParams, "width" | "height" | "steps" | "upscale" | "strength">;

/** Parameters that decide how much a job draws. */
export type DrawnParams = PassParams & Pick<ImageParams, "sampler" | "guidance" | "maskKey" | "controlNet">;

/**
 * How many of N steps `strength` leaves: the first `int(N − min(N · strength, N))` are left out, and below 1 at least
 * one, where there is another. The reference leaves none out of few steps (two at 0.6): it then begins at pure noise
 * and has no use for the image.
 * @throws InvalidInputError for a strength outside of 0..1
 * @see diffusers `pipeline_z_image_img2img.py`, `get_timesteps`
 */
export function stepsFrom(count: number, strength: number): number {
  if (!(strength > 0 && strength <= 1)) {
    throw new InvalidInputError("invalid_strength", `strength must be above 0 and at most 1, got ${strength}`, {
      param: "strength",
    });
  }
  if (strength === 1) return count;
  return Math.max(1, count - Math.max(1, Math.trunc(count - count * strength)));
}

/** The passes of one image, in order: the one that draws it, and the one that refines it at twice the sides. */
export function drawingPasses({
  width,
  height,
  steps,
  strength = 1,
  upscale,
}: PassParams): [DrawingPass, ...DrawingPass[]] {
  const pixels = width * height;
  const first = { pixels, steps: stepsFrom(steps, strength) };
  return upscale === "refine" ? [first, { pixels: 4 * pixels, steps: stepsFrom(steps, refineStrength) }] : [first];
}

function passesOf(params: DrawnParams): DrawingPass[] {
  // A ControlNet that fills the mask itself draws every step; which ControlNets do, only the worker knows.
  const mayFillMask = params.controlNet !== undefined && params.maskKey !== undefined;
  return drawingPasses(mayFillMask ? { ...params, strength: undefined } : params);
}

/** Steps of all passes of one image: the total of its progress. */
export function stepsPerImage(params: DrawnParams): number {
  return passesOf(params).reduce((sum, { steps }) => sum + steps, 0);
}

/**
 * Pixels times network calls of one image: the one measure of prices, shares of the queue and waiting times. A step
 * makes as many calls as its sampler does, and twice as many with guidance. A text's way through the text encoder is
 * small beside a step and belongs to the first one.
 *
 * `cfg_truncation` is left out: which steps it frees from guidance depends on the noise levels of the checkpoint.
 *
 * @param begun - steps that count, in the order in which they are drawn. @default all
 */
export function pixelCalls(params: DrawnParams, begun = Number.POSITIVE_INFINITY): number {
  const { sampler = defaultSampler, guidance } = params;
  const perStep = callsPerStep[sampler];
  let left = begun;
  let sum = 0;
  for (const { pixels, steps } of passesOf(params)) {
    const counted = Math.min(steps, left);
    left -= counted;
    // The last step of a pass ends at sigma 0, where every sampler makes a single call.
    const calls = counted * perStep - (counted === steps ? perStep - 1 : 0);
    sum += pixels * calls * (guidance > 0 ? 2 : 1);
  }
  return sum;
}
