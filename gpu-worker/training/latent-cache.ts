import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadVae } from "../models/vae-model.ts";
import { scaleLatents, toPixels } from "../pipeline/encode-picture.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import type { TrainingData } from "./training-data.ts";

/** Latents of all pictures of a data set, in the transformer's scale. */
export interface LatentCache {
  /** `[16, height/8, width/8]` */
  readonly shape: readonly [number, number, number];
  latents(picture: number): Float32Array;
}

/**
 * Means of the VAE's posterior for every picture, from a file in `folder` or made now and kept there. The name of the file says
 * which VAE and which pictures.
 */
export async function openLatentCache(
  folder: string,
  vaeFolder: string,
  data: TrainingData,
  runtime: OnnxRuntime,
): Promise<LatentCache> {
  const vae = await loadVae(vaeFolder, runtime);
  try {
    const shape = [vae.config.latentChannels, data.size.height / 8, data.size.width / 8] as const;
    const count = shape[0] * shape[1] * shape[2];
    const path = join(folder, `latents-${await cacheKey(vaeFolder, data)}.f32`);
    let all = await readFloats(path, count * data.pictureCount);
    if (!all) {
      all = new Float32Array(count * data.pictureCount);
      for (let picture = 0; picture < data.pictureCount; picture++) {
        const { mean } = await vae.encode(toPixels(await data.picture(picture)));
        all.set(scaleLatents(mean, vae).data, picture * count);
      }
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.partial`, new Uint8Array(all.buffer));
      await rename(`${path}.partial`, path);
    }
    const values = all;
    return { shape, latents: (picture) => values.subarray(picture * count, (picture + 1) * count) };
  } finally {
    await vae.release();
  }
}

async function cacheKey(vaeFolder: string, data: TrainingData): Promise<string> {
  const hash = createHash("sha256")
    .update(data.fingerprint)
    .update(await readFile(join(vaeFolder, "config.json")));
  for (const file of new Set([...openCheckpoint(vaeFolder).tensors.values()].map((stored) => stored.file))) {
    hash.update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function readFloats(path: string, count: number): Promise<Float32Array<ArrayBuffer> | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes?.byteLength !== 4 * count) return undefined;
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
