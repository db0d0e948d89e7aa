import { loadVae } from "../../networks/vae-model.ts";
import { toPixels } from "../../pipeline/image-pixels.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { randomIndex, randomStream } from "../data/random-stream.ts";
import type { TrainingData } from "../data/training-data.ts";
import { writeComponent } from "../write-component.ts";

/** Images that shift and scale of the latents are measured on. */
const measuredImages = 200;

/**
 * Write a `vae/` folder. `shift_factor` and `scaling_factor` are set so that latents of the training images have mean
 * 0 and deviation 1.
 * @returns the folder
 */
export async function writeVae(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  weights: ReadonlyMap<string, Tensor>,
  data: TrainingData,
  runtime: OnnxRuntime,
): Promise<string> {
  const file = "diffusion_pytorch_model.safetensors";
  await writeComponent(folder, config, weights, file);
  const vae = await loadVae(folder, runtime);
  try {
    const random = randomStream(0);
    let [count, sum, squares] = [0, 0, 0];
    for (let drawn = 0; drawn < measuredImages; drawn++) {
      const image = await data.image(randomIndex(random, data.imageCount));
      const { mean } = await vae.encode(toPixels(image));
      for (const value of mean.data) {
        sum += value;
        squares += value * value;
      }
      count += mean.data.length;
    }
    const mean = sum / count;
    const deviation = Math.sqrt(squares / count - mean * mean);
    const rounded = (value: number) => Number(value.toPrecision(5));
    const scale = { scaling_factor: rounded(1 / deviation), shift_factor: rounded(mean) };
    await writeComponent(folder, { ...config, ...scale }, weights, file);
  } finally {
    await vae.release();
  }
  return folder;
}
