import { InvalidInputError } from "../../shared/errors.ts";
import { sizeMultiple } from "../../shared/limits.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { gaussianNoise } from "./noise.ts";

export const latentChannels = 16;
/** Pixels per latent cell along each side. */
export const vaeScaleFactor = 8;

/**
 * Latent shape of an image: `[16, height/8, width/8]`.
 * @throws InvalidInputError unless both sides are positive multiples of 16
 */
export function latentShape(width: number, height: number): readonly [number, number, number] {
  checkSide("width", width);
  checkSide("height", height);
  return [latentChannels, height / vaeScaleFactor, width / vaeScaleFactor];
}

/** Pure noise (sigma 1) for one image. @throws InvalidInputError for a bad size */
export function noiseLatents(seed: number, width: number, height: number): Tensor {
  const shape = latentShape(width, height);
  return tensor(gaussianNoise(seed, shape[0] * shape[1] * shape[2]), shape);
}

/**
 * Standard normal values for drawing the latents of an image from the VAE's posterior; not the noise of the same seed.
 * @throws InvalidInputError for a bad size
 */
export function posteriorDraw(seed: number, width: number, height: number): Float32Array {
  const shape = latentShape(width, height);
  return gaussianNoise(seed, shape[0] * shape[1] * shape[2], 1);
}

/**
 * Latents given by the caller for one image.
 * @throws InvalidInputError when their count does not fit the size or a value is not finite
 */
export function givenLatents(data: Float32Array, width: number, height: number): Tensor {
  const shape = latentShape(width, height);
  const expected = shape[0] * shape[1] * shape[2];
  if (data.length !== expected) {
    throw new InvalidInputError(
      "invalid_latents",
      `latents for ${width}×${height} must be ${expected} float32 values [${shape}], got ${data.length}`,
      { param: "latents" },
    );
  }
  if (!data.every(Number.isFinite)) {
    throw new InvalidInputError("invalid_latents", "latents must be finite numbers, got NaN or infinity", {
      param: "latents",
    });
  }
  return tensor(data, shape);
}

/** Fresh noise for step 1..N of an image, beside that it started from and that of the posterior. */
export function stepNoise(seed: number, step: number, width: number, height: number): Float32Array {
  const shape = latentShape(width, height);
  return gaussianNoise(seed, shape[0] * shape[1] * shape[2], 1 + step);
}

function checkSide(param: "width" | "height", side: number): void {
  if (Number.isInteger(side) && side > 0 && side % sizeMultiple === 0) return;
  const lower = Math.max(sizeMultiple, Math.floor(side / sizeMultiple) * sizeMultiple) || sizeMultiple;
  throw new InvalidInputError(
    "invalid_size",
    `${param} must be a multiple of ${sizeMultiple}, got ${side}; try ${lower} or ${lower + sizeMultiple}`,
    { param },
  );
}
