import { type Tensor, tensor } from "../tensor.ts";
import { checkFinite } from "./check-finite.ts";
import type { Vae } from "./components.ts";
import type { RgbImage } from "./image.ts";

/** Latents in the transformer's scale → the VAE's own: `latents / scalingFactor + shiftFactor`, float32. */
export function unscaleLatents(latents: Tensor, { scalingFactor, shiftFactor }: Vae): Tensor {
  return tensor(
    latents.data.map((value) => Math.fround(value / scalingFactor) + shiftFactor),
    latents.shape,
  );
}

/**
 * Latents `[16, h, w]` → image `[3, 8h, 8w]`, about −1..1, not clamped.
 * @throws PipelineError `non_finite_output`
 */
export async function decodeLatents(vae: Vae, latents: Tensor): Promise<Tensor> {
  const image = await vae.decode(unscaleLatents(latents, vae));
  checkFinite(image, "decoded pixels");
  return image;
}

/**
 * Image `[3, H, W]` → bytes: `255 · clamp(x/2 + 0.5, 0, 1)`, a half rounded to the even neighbour as the reference
 * does.
 */
export function toRgbImage({ data, shape }: Tensor): RgbImage {
  const [channels, height, width] = shape as [number, number, number];
  if (channels !== 3) throw new Error(`image must be [3, H, W], got [${shape}]`);
  const rgb = new Uint8Array(data.length);
  const plane = height * width;
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < plane; pixel++) {
      const unit = Math.min(1, Math.max(0, Math.fround(data[channel * plane + pixel]! / 2 + 0.5)));
      rgb[pixel * 3 + channel] = roundHalfToEven(Math.fround(unit * 255));
    }
  }
  return { data: rgb, width, height };
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
