import { join } from "node:path";
import { z } from "zod";
import type { Transformer } from "../pipeline/components.ts";
import { toRgbImage, unscaleLatents } from "../pipeline/decode-latents.ts";
import type { EncodedPrompt } from "../pipeline/encode-prompt.ts";
import { type ImageInputs, ImagePipeline } from "../pipeline/generate-image.ts";
import { type LoadPipelineOptions, loadPipeline } from "../pipeline/load-pipeline.ts";
import type { Tensor } from "../tensor.ts";
import { type Comparison, type Computed, imageTolerance, pixelTolerance } from "./comparison.ts";
import { type GoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";

const texts = z.union([z.string(), z.array(z.string()).min(1)]);
const inputsSchema = z.object({
  prompt: texts,
  negative_prompt: texts.nullable().optional(),
  height: z.int().positive(),
  width: z.int().positive(),
  num_inference_steps: z.int().positive(),
  guidance_scale: z.number(),
  cfg_normalization: z.union([z.boolean(), z.number()]),
  cfg_truncation: z.number(),
  max_sequence_length: z.int().positive(),
  num_images_per_prompt: z.int().positive(),
  lora: z.object({ file: z.string(), scale: z.number() }).optional(),
});

/** The whole pipeline, every stage compared. Batches run both ways: masked together and split. */
export async function replayTextToImage(
  golden: GoldenCase,
  checkpoints: string,
  comparison: Comparison,
): Promise<void> {
  const inputs = parseInputs(golden, inputsSchema);
  const expectedCalls = parseInputs(golden, z.int(), golden.manifest.transformer_calls);
  const start = storedTensor(golden, "latents_init");
  const count = start.shape[0] ?? 0;
  const values = Float32Array.from(storedValues(start));
  const perImage = values.length / count;
  comparison.inputs("latents_init");

  const imageInputs: ImageInputs = {
    prompt: inputs.prompt,
    ...(inputs.negative_prompt && { negativePrompt: inputs.negative_prompt }),
    width: inputs.width,
    height: inputs.height,
    numInferenceSteps: inputs.num_inference_steps,
    guidance: {
      scale: inputs.guidance_scale,
      normalization: Number(inputs.cfg_normalization),
      truncation: inputs.cfg_truncation,
    },
    maxSequenceLength: inputs.max_sequence_length,
    numImagesPerPrompt: inputs.num_images_per_prompt,
    seed: 0,
    latents: Array.from({ length: count }, (_, i) => values.slice(i * perImage, (i + 1) * perImage)),
  };

  const modelDir = join(checkpoints, golden.checkpoint ?? "");
  for (const { name, options } of variants(inputs.lora, checkpoints, count > 1 || inputs.guidance_scale > 0)) {
    comparison.variant(name);
    const pipeline = await loadPipeline(modelDir, options);
    try {
      await compareStages(pipeline, imageInputs, expectedCalls, comparison);
    } finally {
      await pipeline.release();
    }
  }
}

interface Variant {
  readonly name: string | undefined;
  readonly options: LoadPipelineOptions;
}

/** One run per file where the name lists several: `lora-turbo/{diffusers,comfy,kohya}.safetensors`. */
function variants(lora: { file: string; scale: number } | undefined, checkpoints: string, batched: boolean): Variant[] {
  if (lora) {
    const [, before = "", list = "", after = ""] = /^(.*)\{(.*)\}(.*)$/.exec(lora.file) ?? ["", lora.file];
    return list.split(",").map((style) => ({
      name: style || undefined,
      options: { loras: [{ path: join(checkpoints, before + style + after), scale: lora.scale }] },
    }));
  }
  if (!batched) return [{ name: undefined, options: {} }];
  return [
    { name: "mask", options: { raggedBatches: "mask" } },
    { name: "split", options: { raggedBatches: "split" } },
  ];
}

async function compareStages(
  pipeline: ImagePipeline,
  inputs: ImageInputs,
  expectedCalls: number,
  comparison: Comparison,
): Promise<void> {
  const counted = countCalls(pipeline.components.transformer);
  const observed = new ImagePipeline({ ...pipeline.components, transformer: counted.transformer });
  const { vae } = pipeline.components;
  let latents: readonly Tensor[] = [];
  for await (const stage of observed.generate(inputs)) {
    if (stage.type === "encoded") {
      comparePrompts("", stage.prompts.positive, comparison);
      comparePrompts("negative_", stage.prompts.negative, comparison);
      const { sigmas, timesteps } = stage.schedule;
      comparison.tensor("sigmas", { data: sigmas, shape: [sigmas.length] });
      comparison.tensor("timesteps", { data: timesteps, shape: [timesteps.length] });
    } else if (stage.type === "step") {
      const { step, t, modelOutputs, noisePreds } = stage.step;
      latents = stage.step.latents;
      const prefix = `step${String(step - 1).padStart(2, "0")}`;
      const times = modelOutputs.map(() => t);
      comparison.tensor(`${prefix}.model_t`, { data: times, shape: [times.length] });
      modelOutputs.forEach((output, j) => {
        comparison.tensor(`${prefix}.dit_out.${j}`, output);
      });
      comparison.tensor(`${prefix}.noise_pred`, stack(noisePreds));
      comparison.tensor(`${prefix}.latents`, stack(latents));
    } else {
      comparison.tensor("latents_final", stack(latents));
      comparison.tensor("vae_input", stack(latents.map((item) => unscaleLatents(item, vae))));
      comparison.tensor("image", stack(stage.images), imageTolerance);
      const pictures = stage.images.map(toRgbImage);
      const rgb = pictures.map(({ data, height, width }) => ({ data, shape: [height, width, 3] }));
      comparison.tensor("image_u8", stack(rgb), pixelTolerance);
    }
  }
  comparison.fact("transformer_calls", [expectedCalls], [counted.calls()]);
}

function comparePrompts(prefix: string, prompts: readonly EncodedPrompt[], comparison: Comparison): void {
  prompts.forEach(({ tokens, embeds }, i) => {
    comparison.exact(`${prefix}input_ids.${i}`, tokens.inputIds);
    comparison.tensor(`${prefix}text_hidden.${i}`, embeds);
  });
}

function countCalls(transformer: Transformer): { transformer: Transformer; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    transformer: {
      forward: (items) => {
        calls++;
        return transformer.forward(items);
      },
      adapt: (adaptation) => transformer.adapt(adaptation),
      release: () => transformer.release(),
    },
  };
}

/** Items of one shape as one tensor with a leading batch axis. */
function stack(items: readonly Computed[]): Computed {
  const data = items.flatMap((item) => Array.from(item.data));
  return { data, shape: [items.length, ...(items[0]?.shape ?? [])] };
}
