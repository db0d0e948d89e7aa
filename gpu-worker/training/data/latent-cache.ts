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
  latents(picture: number): Tensor;
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
    for (let picture = 0; picture < data.pictureCount; picture++) {
      const { width, height } = data.size(picture);
      shapes.push([vae.config.latentChannels, height / 8, width / 8]);
      starts.push(starts[picture]! + elementCount(shapes[picture]!));
    }
    const count = starts[data.pictureCount]!;
    const key = await hashComponent(vaeFolder, createHash("sha256").update(data.fingerprint));
    const path = join(folder, `latents-${key}.f32`);
    let values = await readFloats(path, count);
    if (!values) {
      tell(`latents of ${data.pictureCount} images are computed once and kept in ${path}`);
      values = new Float32Array(count);
      for (let picture = 0; picture < data.pictureCount; picture++) {
        const { mean } = await vae.encode(toPixels(await data.picture(picture)));
        values.set(scaleLatents(mean, vae).data, starts[picture]);
      }
      await mkdir(folder, { recursive: true });
      await writeFileAtomically(path, new Uint8Array(values.buffer));
    }
    const kept = values;
    return { latents: (picture) => tensor(kept.subarray(starts[picture], starts[picture + 1]), shapes[picture]!) };
  } finally {
    await vae.release();
  }
}

async function readFloats(path: string, count: number): Promise<Float32Array<ArrayBuffer> | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes?.byteLength !== 4 * count) return undefined;
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
