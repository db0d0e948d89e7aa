import { join } from "node:path";
import { z } from "zod";
import { loadPipeline } from "../../engine/load-pipeline.ts";
import { loadTransformer } from "../../networks/transformer/transformer-model.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import type { ImageInputs, ImagePipeline } from "../../pipeline/generate-image.ts";
import { toPixels } from "../../pipeline/image-pixels.ts";
import { maskPixels } from "../../pipeline/image-to-image.ts";
import { createNodeRuntime } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import { compareStages } from "./compare-stages.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs } from "./golden-case.ts";
import { samplingInputs, samplingSchema } from "./sampling-inputs.ts";
import { referenceCells, storedFloats, storedImage, storedMask } from "./stored-images.ts";

const inputsSchema = z.object({
  ...samplingSchema,
  prompt: z.string(),
  controlnet: z.string().regex(/^[\w.-]+$/),
  controlnet_conditioning_scale: z.number(),
});

/** The pipeline under a ControlNet, with the hints of the first and the last step. */
export async function replayControlNet(golden: GoldenCase, checkpoints: string, comparison: Comparison): Promise<void> {
  const inputs = parseInputs(golden, inputsSchema);
  const expectedCalls = parseInputs(golden, z.int(), golden.manifest.transformer_calls);
  const image = storedImage(golden, "control_image_u8", comparison);
  const controlNet = join(checkpoints, inputs.controlnet);
  const fill =
    golden.kind === "controlnet-inpaint"
      ? {
          image: storedImage(golden, "input_image_u8", comparison),
          mask: storedMask(golden, "input_mask_u8", comparison),
        }
      : undefined;
  const imageInputs: ImageInputs = {
    prompt: inputs.prompt,
    ...samplingInputs(inputs),
    latents: [storedFloats(golden, "latents_init", comparison)],
    control: { controlNet, image, scale: inputs.controlnet_conditioning_scale },
    start: fill && { ...fill, cells: referenceCells(fill.mask), strength: 1 },
  };
  const modelDir = join(checkpoints, golden.checkpoint ?? "");
  const pipeline = await loadPipeline(modelDir);
  const folder = await openModelFolder(modelDir);
  const probed = await loadTransformer(folder.transformer, createNodeRuntime(), { raggedBatches: "mask" });
  try {
    await compareEncoding(pipeline, "encode0", toPixels(image), comparison);
    if (fill) await compareEncoding(pipeline, "encode1", maskPixels(toPixels(fill.image), fill.mask), comparison);
    const { control } = await pipeline.adapt(imageInputs);
    await probed.adapt({ loras: [], controlNet });
    const { positive, negative } = await pipeline.encodePrompts(imageInputs);
    const prompts = [...positive, ...negative];
    prompts.forEach((_, j) => {
      comparison.tensor(`control_context.${j}`, control!.latents);
    });

    let latents: Tensor | undefined;
    await compareStages(pipeline, imageInputs, comparison, {
      expectedCalls,
      onStart: ([first]) => {
        latents = first!.latents;
      },
      onStep: async (prefix, { step, total, t, latents: [next] }) => {
        if (step === 1 || step === total) {
          const items = prompts.map(({ embeds }): TransformerItem => {
            return { latents: latents!, promptEmbeds: embeds, t, control: control! };
          });
          const { probes } = await probed.forwardWithProbes(items);
          for (const [name, values] of probes) {
            if (name.startsWith("control.")) comparison.paddedRows(`${prefix}.${name}`, values);
          }
        }
        latents = next;
      },
    });
  } finally {
    await pipeline.release();
    await probed.release();
  }
}

async function compareEncoding(
  { components: { vae } }: ImagePipeline,
  name: string,
  pixels: Tensor,
  comparison: Comparison,
): Promise<void> {
  const { mean, logvar } = await vae.encode(pixels);
  comparison.tensor(`${name}.pixels`, pixels);
  comparison.tensor(`${name}.mean`, mean);
  comparison.tensor(`${name}.logvar`, logvar);
}
