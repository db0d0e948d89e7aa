import { join } from "node:path";
import { z } from "zod";
import { type LoadPipelineOptions, loadPipeline } from "../../engine/load-pipeline.ts";
import type { ImageInputs } from "../../pipeline/generate-image.ts";
import { compareStages } from "./compare-stages.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";
import { samplingInputs, samplingSchema } from "./sampling-inputs.ts";

const texts = z.union([z.string(), z.array(z.string()).min(1)]);
const inputsSchema = z.object({
  ...samplingSchema,
  prompt: texts,
  negative_prompt: texts.nullable().optional(),
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
    negativePrompt: inputs.negative_prompt || undefined,
    ...samplingInputs(inputs),
    maxSequenceLength: inputs.max_sequence_length,
    numImagesPerPrompt: inputs.num_images_per_prompt,
    latents: Array.from({ length: count }, (_, i) => values.slice(i * perImage, (i + 1) * perImage)),
  };

  const modelDir = join(checkpoints, golden.checkpoint ?? "");
  for (const { name, options } of variants(inputs.lora, checkpoints, count > 1 || inputs.guidance_scale > 0)) {
    comparison.variant(name);
    const pipeline = await loadPipeline(modelDir, options);
    try {
      await compareStages(pipeline, imageInputs, comparison, { expectedCalls });
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
    const [, before = "", list = "", after = ""] = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(lora.file) ?? ["", lora.file];
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
