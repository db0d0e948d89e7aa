import { fileURLToPath } from "node:url";
import { loadVae } from "../../../gpu-worker/networks/vae-model.ts";
import { scaleLatents, toPixels } from "../../../gpu-worker/pipeline/image-pixels.ts";
import { createNodeRuntime } from "../../../gpu-worker/runtime/onnx-session.ts";
import { ObjectImages } from "../dataset/objects.ts";
import { imageSide } from "../dataset/render-object.ts";
import { categories } from "./categories.ts";
import { categoryObjects } from "./category-data.ts";

const vaeFolder = fileURLToPath(new URL("../model/vae", import.meta.url));

/**
 * Latents of the objects' images, in the transformer's scale, in the order of the categories: what a drawn image is
 * compared with.
 */
export async function categoryLatents(): Promise<readonly (readonly Float32Array[])[]> {
  const objects = await categoryObjects();
  const images = await ObjectImages.open(objects);
  const vae = await loadVae(vaeFolder, createNodeRuntime({ threads: 1 }));
  const latents: Float32Array[] = [];
  try {
    for (const object of objects) {
      const image = { width: imageSide, height: imageSide, data: images.renderObject(object, "white") };
      const { mean } = await vae.encode(toPixels(image));
      latents.push(scaleLatents(mean, vae).data);
    }
  } finally {
    await vae.release();
  }
  let start = 0;
  return categories.map(({ objects: own }) => latents.slice(start, (start += own.length)));
}

export interface Nearest {
  /** Which of the latents. */
  readonly index: number;
  /** Mean square distance. */
  readonly distance: number;
}

/** @param drawn - as many numbers as each of `latents` */
export function nearestLatents(drawn: Float32Array, latents: readonly Float32Array[]): Nearest {
  const distances = latents.map(
    (known) => drawn.reduce((sum, value, i) => sum + (value - known[i]!) ** 2, 0) / drawn.length,
  );
  const distance = Math.min(...distances);
  return { index: distances.indexOf(distance), distance };
}
