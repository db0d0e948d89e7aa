import { stepsFrom } from "../../shared/request/drawing-passes.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";
import type { Schedule } from "./flow-match-scheduler.ts";
import type { GrayImage, RgbImage } from "./image.ts";
import { posteriorStd, scaleLatents, toPixels } from "./image-pixels.ts";
import { vaeScaleFactor } from "./latents.ts";

/** Begin from an image instead of pure noise. */
export interface StartImage {
  /** Has the size of the image to draw. */
  readonly image: RgbImage;
  /** Above 0 to 1: how far back towards noise to begin; 1 keeps nothing of the image but what the mask protects. */
  readonly strength: number;
  /**
   * Has the size of the image to draw: 0 is kept, 255 is drawn anew, and what lies between is drawn anew in that share
   * of the steps.
   */
  readonly mask?: GrayImage;
  /** `[h, w]`, 0..1: the mask as latents see it. @default `latentMask(mask)` */
  readonly cells?: Tensor;
  /**
   * Per image, in place of the seed's: the draw from the VAE's posterior and the noise, `16 · height/8 · width/8`
   * values each.
   */
  readonly draws?: readonly { readonly posterior: Float32Array; readonly noise: Float32Array }[];
}

/**
 * The part of a schedule that `strength` leaves. A schedule of one step has none to leave out: below 1, it begins at
 * sigma = strength.
 * @throws InvalidInputError for a strength outside of 0..1
 */
export function scheduleFrom({ sigmas, timesteps, modelTimes }: Schedule, strength: number): Schedule {
  const first = timesteps.length - stepsFrom(timesteps.length, strength);
  if (first === 0 && strength < 1) {
    const sigma = Math.fround(Math.min(sigmas[0]!, strength));
    const timestep = Math.fround((timesteps[0]! / sigmas[0]!) * sigma);
    return {
      sigmas: Float32Array.of(sigma, 0),
      timesteps: Float32Array.of(timestep),
      modelTimes: Float32Array.of(1 - sigma),
    };
  }
  return {
    sigmas: sigmas.subarray(first),
    timesteps: timesteps.subarray(first),
    modelTimes: modelTimes.subarray(first),
  };
}

/** Image → mean and log-variance of the VAE's posterior, each `[16, h, w]`. */
export function encodePosterior(vae: Vae, image: RgbImage): Promise<{ mean: Tensor; logvar: Tensor }> {
  return vae.encode(toPixels(image));
}

/** `mean + std · draw`. @param draw - standard normal, as many values as `mean` */
export function samplePosterior({ mean, logvar }: { mean: Tensor; logvar: Tensor }, draw: Float32Array): Tensor {
  const std = posteriorStd(logvar).data;
  return tensor(
    mean.data.map((value, i) => value + Math.fround(std[i]! * draw[i]!)),
    mean.shape,
  );
}

/** The most likely latents of an image, scaled: what ControlNets and edits read. */
export async function modeLatents(vae: Vae, image: RgbImage): Promise<Tensor> {
  const { mean } = await encodePosterior(vae, image);
  return scaleLatents(mean, vae);
}

/** `sigma · noise + (1 − sigma) · latents`, float32. @see diffusers `FlowMatchEulerDiscreteScheduler.scale_noise` */
export function addNoise(latents: Tensor, noise: Tensor, sigma: number): Tensor {
  const rest = Math.fround(1 - sigma);
  return tensor(
    latents.data.map((value, i) => Math.fround(sigma * noise.data[i]!) + Math.fround(rest * value)),
    latents.shape,
  );
}

/** The part of an image that inpainting keeps. */
export interface KeptImage {
  /** `[h, w]`: the share of the steps in which a cell is drawn anew, 0..1. */
  readonly mask: Tensor;
  /** `[16, h, w]` of the image without noise. */
  readonly latents: Tensor;
  /** The noise that the image was mixed with at the start. */
  readonly noise: Tensor;
}

/**
 * Put back what the mask protects, at the noise level that the latents have now; at sigma 0 that is the image itself. A
 * cell of a soft mask is put back until its share of the steps begins, as `strength` does with a whole image: mixing
 * drawn and kept latents instead would pull them back in every step.
 * @param stepsLeft - share of the steps that are still to come, 0..1
 */
export function restoreKept(
  latents: Tensor,
  { mask, latents: kept, noise }: KeptImage,
  sigma: number,
  stepsLeft: number,
): Tensor {
  const original = sigma === 0 ? kept : addNoise(kept, noise, sigma);
  const plane = mask.data.length;
  return tensor(
    latents.data.map((value, i) => (mask.data[i % plane]! > stepsLeft ? value : original.data[i]!)),
    latents.shape,
  );
}

/**
 * The mask as latents see it: the strongest mark in each cell, so that no stroke is too thin to count.
 * @returns `[h, w]`, 0..1
 */
export function latentMask({ data, width, height }: GrayImage): Tensor {
  const [rows, columns] = [height / vaeScaleFactor, width / vaeScaleFactor];
  const cells = new Float32Array(rows * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / vaeScaleFactor) * columns + Math.floor(x / vaeScaleFactor);
      cells[cell] = Math.max(cells[cell]!, data[y * width + x]! / 255);
    }
  }
  return tensor(cells, [rows, columns]);
}

/** Pixels `[3, H, W]` with zeros, a middle grey, where the mask says that they are drawn anew. */
export function maskPixels(pixels: Tensor, { data }: GrayImage): Tensor {
  return tensor(
    pixels.data.map((value, i) => (data[i % data.length]! > 0 ? 0 : value)),
    pixels.shape,
  );
}
