import { join } from "node:path";
import { encodePng } from "../engine/images/encode-png.ts";
import { type LoadPipelineOptions, loadPipeline } from "../engine/load-pipeline.ts";
import { loadVae } from "../networks/vae-model.ts";
import { toRgbImage } from "../pipeline/decode-latents.ts";
import { toPixels } from "../pipeline/image-pixels.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { readSamplingConfig, type SamplingConfig } from "../weights/folder/sampling-config.ts";
import { readSchedulerConfig } from "../weights/folder/scheduler-config.ts";
import { randomStream } from "./data/random-stream.ts";
import type { TrainingData } from "./data/training-data.ts";
import type { ReportSample } from "./training-report.ts";

const sampleCount = 24;

/** Images spread over the data, each beside its reconstruction by the VAE in `folder`. */
export async function vaeSamples(folder: string, data: TrainingData, runtime: OnnxRuntime): Promise<ReportSample[]> {
  const vae = await loadVae(folder, runtime);
  try {
    const samples: ReportSample[] = [];
    for (const index of spread(data.imageCount)) {
      const image = await data.image(index);
      const { mean } = await vae.encode(toPixels(image));
      const decoded = toRgbImage(await vae.decode(mean));
      samples.push({ caption: `image ${index}`, images: [await encodePng(image), await encodePng(decoded)] });
    }
    return samples;
  } finally {
    await vae.release();
  }
}

/**
 * Images that the model in `folder` draws for training captions spread over the data, each beside its training image.
 * @param options.sampling - in place of the model's own steps and guidance
 */
export async function modelSamples(
  folder: string,
  data: TrainingData,
  { sampling, ...options }: LoadPipelineOptions & { readonly sampling?: SamplingConfig },
): Promise<ReportSample[]> {
  const { numInferenceSteps, guidanceScale } = sampling ?? (await samplingOf(folder));
  const guidance = { scale: guidanceScale, normalization: 0, truncation: 1 };
  const pipeline = await loadPipeline(folder, options);
  try {
    const samples: ReportSample[] = [];
    for (const example of spread(data.exampleCount)) {
      const { text, image } = data.caption(example, randomStream(0, example));
      const inputs = { prompt: text, ...data.size(image), numInferenceSteps, guidance, seed: example };
      for await (const stage of pipeline.generate(inputs)) {
        if (stage.type !== "decoded") continue;
        const drawn = await encodePng(toRgbImage(stage.images[0]!));
        samples.push({ caption: text, images: [drawn, await encodePng(await data.image(image))] });
      }
    }
    return samples;
  } finally {
    await pipeline.release();
  }
}

async function samplingOf(folder: string): Promise<SamplingConfig> {
  const { modelIndex, scheduler } = await openModelFolder(folder);
  const { shift } = await readSchedulerConfig(join(scheduler, "scheduler_config.json"));
  return readSamplingConfig(modelIndex, shift);
}

function spread(count: number): number[] {
  const taken = Math.min(sampleCount, count);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken));
}
