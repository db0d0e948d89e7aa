import { join } from "node:path";
import { z } from "zod";
import { loadPipeline } from "../../engine/load-pipeline.ts";
import type { ImageInputs, ImagePipeline } from "../../pipeline/generate-image.ts";
import { scaleLatents, toPixels } from "../../pipeline/image-pixels.ts";
import { maskPixels, samplePosterior } from "../../pipeline/image-to-image.ts";
import type { Tensor } from "../../tensor.ts";
import { compareStages, stack } from "./compare-stages.ts";
import { type Comparison, floatTolerance } from "./comparison.ts";
import { type GoldenCase, parseInputs } from "./golden-case.ts";
import { samplingInputs, samplingSchema } from "./sampling-inputs.ts";
import { referenceCells, storedFloats, storedImage, storedMask } from "./stored-images.ts";

const inputsSchema = z.object({
  ...samplingSchema,
  prompt: z.string(),
  negative_prompt: z.string().nullable(),
  strength: z.number(),
  cfg_normalization: z.boolean(),
  cfg_truncation: z.number(),
});

/** Image-to-image and inpainting: the pipeline from a stored image and stored draws. */
export async function replayImageToImage(
  golden: GoldenCase,
  checkpoints: string,
  comparison: Comparison,
): Promise<void> {
  const inputs = parseInputs(golden, inputsSchema);
  const expectedCalls = parseInputs(golden, z.int(), golden.manifest.transformer_calls);
  const firstStep = parseInputs(golden, z.int(), golden.manifest.first_step_index);
  const image = storedImage(golden, "input_image_u8", comparison);
  const mask = golden.kind === "inpaint" ? storedMask(golden, "input_mask_u8", comparison) : undefined;
  const cells = mask && referenceCells(mask);
  const posterior = storedFloats(golden, "encode0.eps", comparison);
  const noise = storedFloats(golden, "noise", comparison);
  const imageInputs: ImageInputs = {
    prompt: inputs.prompt,
    negativePrompt: inputs.negative_prompt || undefined,
    ...samplingInputs(inputs),
    start: { image, strength: inputs.strength, draws: [{ posterior, noise }], mask, cells },
  };

  const pipeline = await loadPipeline(join(checkpoints, golden.checkpoint ?? ""));
  try {
    await compareEncoding(pipeline, "encode0", toPixels(image), posterior, comparison);
    if (mask) {
      comparison.tensor("mask_latent", cells!);
      // The reference encodes the image without its masked part as well, and then makes no use of it.
      const unused = storedFloats(golden, "encode1.eps", comparison);
      await compareEncoding(pipeline, "encode1", maskPixels(toPixels(image), mask), unused, comparison);
    }
    let steps = 0;
    await compareStages(pipeline, imageInputs, comparison, {
      expectedCalls,
      onStart: ([first]) => {
        comparison.tensor("latents_init", first!.latents);
      },
      onStep: (prefix, { latents, total }) => {
        steps = total;
        if (mask) comparison.tensor(`${prefix}.latents_blended`, stack(latents));
      },
    });
    comparison.fact("first_step_index", [firstStep], [inputs.num_inference_steps - steps]);
  } finally {
    await pipeline.release();
  }
}

async function compareEncoding(
  { components: { vae } }: ImagePipeline,
  name: string,
  pixels: Tensor,
  draw: Float32Array,
  comparison: Comparison,
): Promise<void> {
  const posterior = await vae.encode(pixels);
  const sample = samplePosterior(posterior, draw);
  comparison.tensor(`${name}.pixels`, pixels);
  comparison.tensor(`${name}.mean`, posterior.mean);
  comparison.tensor(`${name}.logvar`, posterior.logvar);
  // On the VAE's own scale, where the tolerance of latents is so much wider.
  comparison.tensor(`${name}.sample`, sample, floatTolerance / vae.scalingFactor);
  if (name === "encode0") comparison.tensor("image_latents", scaleLatents(sample, vae));
}
