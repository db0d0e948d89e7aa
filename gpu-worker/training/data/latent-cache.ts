import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../../shared/process/write-file-atomically.ts";
import { loadVae } from "../../networks/vae-model.ts";
import { scaleLatents, toPixels } from "../../pipeline/image-pixels.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { elementCount, type Tensor, tensor } from "../../tensor.ts";
import { hashComponent } from "../../weights/convert/hash-component.ts";
import type { TrainingData } from "./training-data.ts";

/** Latents of all images of a data set, in the transformer's scale. */
export interface LatentCache {
  /** `[16, height/8, width/8]` */
  latents(image: number): Tensor;
}

export interface LatentCacheOptions {
  /** Called when latents must be computed, which takes a while. */
  readonly tell?: (text: string) => void;
}

/**
 * Means of the VAE's posterior for every image, from a file in `folder` or made now and kept there. The name of the
 * file says which VAE and which images.
 */
export async function openLatentCache(
  folder: string,
  vaeFolder: string,
  data: TrainingData,
  runtime: OnnxRuntime,
  { tell = () => {} }: LatentCacheOptions = {},
): Promise<LatentCache> {
  const vae = await loadVae(vaeFolder, runtime);
  try {
    const shapes: [number, number, number][] = [];
    const starts = [0];
    for (let image = 0; image < data.imageCount; image++) {
      const { width, height } = data.size(image);
      shapes.push([vae.config.latentChannels, height / 8, width / 8]);
      starts.push(starts[image]! + elementCount(shapes[image]!));
    }
    const count = starts[data.imageCount]!;
    const key = await hashComponent(vaeFolder, createHash("sha256").update(data.fingerprint));
    const path = join(folder, `latents-${key}.f32`);
    let values = await readFloats(path, count);
    if (!values) {
      tell(`latents of ${data.imageCount} images are computed once and kept in ${path}`);
      values = new Float32Array(count);
      for (let image = 0; image < data.imageCount; image++) {
        const { mean } = await vae.encode(toPixels(await data.image(image)));
        values.set(scaleLatents(mean, vae).data, starts[image]);
      }
      await mkdir(folder, { recursive: true });
      await writeFileAtomically(path, new Uint8Array(values.buffer));
    }
    const kept = values;
    return { latents: (image) => tensor(kept.subarray(starts[image], starts[image + 1]), shapes[image]!) };
  } finally {
    await vae.release();
  }
}

async function readFloats(path: string, count: number): Promise<Float32Array<ArrayBuffer> | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes?.byteLength !== 4 * count) return undefined;
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
