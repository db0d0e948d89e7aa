import { encodePng } from "../engine/encode-png.ts";
import { type LoadPipelineOptions, loadPipeline } from "../engine/load-pipeline.ts";
import { loadVae } from "../networks/vae-model.ts";
import { toRgbImage } from "../pipeline/decode-latents.ts";
import { toPixels } from "../pipeline/encode-picture.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { randomStream } from "./data/random-stream.ts";
import type { TrainingData } from "./training-data.ts";
import type { ReportSample } from "./training-report.ts";

const sampleCount = 24;

/** Pictures spread over the data, each beside what the VAE in `folder` makes of it. */
export async function vaeSamples(folder: string, data: TrainingData, runtime: OnnxRuntime): Promise<ReportSample[]> {
  const vae = await loadVae(folder, runtime);
  try {
    const samples: ReportSample[] = [];
    for (const index of spread(data.pictureCount)) {
      const picture = await data.picture(index);
      const { mean } = await vae.encode(toPixels(picture));
      const decoded = toRgbImage(await vae.decode(mean));
      samples.push({ caption: `picture ${index}`, pictures: [await encodePng(picture), await encodePng(decoded)] });
    }
    return samples;
  } finally {
    await vae.release();
  }
}

/** What the model in `folder` draws for training captions spread over the data, in 8 steps without guidance, each beside the picture of that caption. */
export async function modelSamples(
  folder: string,
  data: TrainingData,
  options: LoadPipelineOptions,
): Promise<ReportSample[]> {
  const pipeline = await loadPipeline(folder, options);
  try {
    const samples: ReportSample[] = [];
    for (const example of spread(data.exampleCount)) {
      const { text, picture } = data.caption(example, randomStream(0, example));
      const fixed = { numInferenceSteps: 8, guidance: { scale: 0, normalization: 0, truncation: 1 } };
      for await (const stage of pipeline.generate({ prompt: text, ...data.size(picture), ...fixed, seed: example })) {
        if (stage.type !== "decoded") continue;
        const drawn = await encodePng(toRgbImage(stage.images[0]!));
        samples.push({ caption: text, pictures: [drawn, await encodePng(await data.picture(picture))] });
      }
    }
    return samples;
  } finally {
    await pipeline.release();
  }
}

function spread(count: number): number[] {
  const taken = Math.min(sampleCount, count);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken));
}
