import type { ImageFormat } from "../../../shared/job.ts";
import type { Vae } from "../../pipeline/components.ts";
import { toRgbImage, unscaleLatents } from "../../pipeline/decode-latents.ts";
import type { DenoiseStep } from "../../pipeline/denoise.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { encodeImageFile } from "./encode-image-file.ts";

/** Latent cells along the long side of a preview; each becomes 8 pixels, so at most 128 pixels. */
const maxSide = 16;

/** Lossy formats: a preview is looked at for a moment. */
const quality = 70;

/** What item `index` would be if its velocity held until the end, as a small file (longest side at most 128 pixels). */
export async function previewImage(
  vae: Vae,
  step: DenoiseStep,
  index: number,
  format: ImageFormat,
): Promise<Uint8Array> {
  const small = averagePool(predictedClean(step, index));
  // Unchecked: a preview that overflows is a bad preview, and no reason to give up the image.
  const image = await vae.decode(unscaleLatents(small, vae));
  return encodeImageFile(toRgbImage(image), format, { quality });
}

/** The straight line from the latents to sigma 0: `latents − sigma · noisePred`, `[16, h, w]`. */
export function predictedClean({ latents, noisePreds, sigmaNext }: DenoiseStep, index: number): Tensor {
  const x = latents[index]!;
  const velocity = noisePreds[index]!.data;
  return tensor(
    x.data.map((value, i) => value - sigmaNext * velocity[i]!),
    x.shape,
  );
}

/**
 * Mean over square windows just large enough that neither side exceeds 16 cells; windows at the right and bottom may be
 * partial.
 */
export function averagePool({ data, shape }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const window = Math.ceil(Math.max(height, width) / maxSide);
  const rows = Math.ceil(height / window);
  const columns = Math.ceil(width / window);
  const pooled = new Float32Array(channels * rows * columns);
  for (let i = 0; i < pooled.length; i++) {
    const column = i % columns;
    const row = Math.floor(i / columns) % rows;
    const plane = Math.floor(i / (rows * columns)) * height * width;
    let sum = 0;
    let count = 0;
    for (let y = row * window; y < Math.min(height, (row + 1) * window); y++) {
      for (let x = column * window; x < Math.min(width, (column + 1) * window); x++) {
        sum += data[plane + y * width + x]!;
        count++;
      }
    }
    pooled[i] = sum / count;
  }
  return tensor(pooled, [channels, rows, columns]);
}
