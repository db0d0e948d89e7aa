import { type Tensor, tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";
import type { RgbImage } from "./image.ts";

/** Bytes → image `[3, H, W]` in −1..1: `u8 / 255 · 2 − 1`. */
export function toPixels({ data, width, height }: RgbImage): Tensor {
  const plane = width * height;
  const pixels = new Float32Array(3 * plane);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.fround(data[(i % plane) * 3 + Math.floor(i / plane)]! / 255) * 2 - 1;
  }
  return tensor(pixels, [3, height, width]);
}

/** Standard deviation of the VAE's posterior: `exp(logvar / 2)`. */
export function posteriorStd({ data, shape }: Tensor): Tensor {
  return tensor(
    data.map((logvar) => Math.exp(0.5 * logvar)),
    shape,
  );
}

/** The VAE's own scale → the transformer's: `(z − shiftFactor) · scalingFactor`. */
export function scaleLatents(z: Tensor, { scalingFactor, shiftFactor }: Vae): Tensor {
  return tensor(
    z.data.map((value) => Math.fround(value - shiftFactor) * scalingFactor),
    z.shape,
  );
}
