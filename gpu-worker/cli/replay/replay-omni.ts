import { join } from "node:path";
import { z } from "zod";
import { loadPipeline } from "../../engine/load-pipeline.ts";
import { toPixels } from "../../pipeline/image-pixels.ts";
import { modeLatents } from "../../pipeline/image-to-image.ts";
import { compareStages } from "./compare-stages.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs } from "./golden-case.ts";
import { samplingInputs, samplingSchema } from "./sampling-inputs.ts";
import { storedFloats, storedImage } from "./stored-images.ts";

const inputsSchema = z.object({
  ...samplingSchema,
  prompt: z.string(),
  negative_prompt: z.string().nullable(),
  condition_images: z.int().nonnegative(),
});

/** The pipeline with images to look at, and what the vision encoder sees in them. */
export async function replayOmni(golden: GoldenCase, checkpoints: string, comparison: Comparison): Promise<void> {
  const inputs = parseInputs(golden, inputsSchema);
  const expectedCalls = parseInputs(golden, z.int(), golden.manifest.transformer_calls);
  const references = Array.from({ length: inputs.condition_images }, (_, k) =>
    storedImage(golden, `cond_image_u8.${k}`, comparison),
  );
  const pipeline = await loadPipeline(join(checkpoints, golden.checkpoint ?? ""));
  const { vae, visionEncoder } = pipeline.components;
  const imageInputs = {
    prompt: inputs.prompt,
    negativePrompt: inputs.negative_prompt || undefined,
    ...samplingInputs(inputs),
    latents: [storedFloats(golden, "latents_init", comparison)],
    references,
  };
  try {
    for (const [k, image] of references.entries()) {
      const pixels = toPixels(image);
      const { mean, logvar } = await vae.encode(pixels);
      comparison.tensor(`encode${k}.pixels`, pixels);
      comparison.tensor(`encode${k}.mean`, mean);
      comparison.tensor(`encode${k}.logvar`, logvar);
      comparison.tensor(`cond_latents.${k}`, await modeLatents(vae, image));
      comparison.tensor(`siglip_feats.${k}`, await visionEncoder!.encode(image));
    }
    const { segments } = await pipeline.encodePrompts(imageInputs);
    for (const [s, { tokens, embeds }] of segments!.positive[0]!.entries()) {
      comparison.exact(`input_ids.0.${s}`, tokens.inputIds);
      comparison.tensor(`text_hidden.0.${s}`, embeds);
    }
    for (const [s, { embeds }] of (segments!.negative[0] ?? []).entries()) {
      comparison.tensor(`negative_text_hidden.0.${s}`, embeds);
    }
    await compareStages(pipeline, imageInputs, comparison, { expectedCalls, onPrompts: () => {} });
  } finally {
    await pipeline.release();
  }
}
