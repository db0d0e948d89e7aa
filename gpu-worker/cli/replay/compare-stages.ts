import type { Transformer } from "../../pipeline/components.ts";
import { toRgbImage, unscaleLatents } from "../../pipeline/decode-latents.ts";
import type { DenoiseStep } from "../../pipeline/denoise.ts";
import { type ImageInputs, ImagePipeline, type StartLatents } from "../../pipeline/generate-image.ts";
import type { EncodedPrompt } from "../../pipeline/prompt/encode-prompt.ts";
import type { Tensor } from "../../tensor.ts";
import { type Comparison, type Computed, imageTolerance, pixelTolerance } from "./comparison.ts";

export interface CompareStagesOptions {
  /** Network calls that the manifest counts. */
  readonly expectedCalls: number;
  readonly onStart?: (starts: readonly StartLatents[]) => void;
  /** Further comparisons of one step, called with its prefix, `step00` for the first that runs. */
  readonly onStep?: (prefix: string, step: DenoiseStep) => Promise<void> | void;
  /** In place of comparing `text_hidden.0` and so on. */
  readonly onPrompts?: (prefix: string, prompts: readonly EncodedPrompt[]) => void;
}

/** Run the whole pipeline and compare every stage with the reference. */
export async function compareStages(
  pipeline: ImagePipeline,
  inputs: ImageInputs,
  comparison: Comparison,
  { expectedCalls, onStart, onStep, onPrompts }: CompareStagesOptions,
): Promise<void> {
  const counted = countCalls(pipeline.components.transformer);
  const observed = new ImagePipeline({ ...pipeline.components, transformer: counted.transformer });
  const { vae } = pipeline.components;
  let latents: readonly Tensor[] = [];
  for await (const stage of observed.generate(inputs)) {
    if (stage.type === "encoded") {
      for (const [prefix, prompts] of [
        ["", stage.prompts.positive],
        ["negative_", stage.prompts.negative],
      ] as const) {
        if (onPrompts) onPrompts(prefix, prompts);
        else comparePrompts(prefix, prompts, comparison);
      }
      onStart?.(stage.starts);
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
      comparison.tensor(`${prefix}.latents`, stack(stage.step.drawnLatents));
      await onStep?.(prefix, stage.step);
    } else {
      comparison.tensor("latents_final", stack(latents));
      comparison.tensor("vae_input", stack(latents.map((item) => unscaleLatents(item, vae))));
      comparison.tensor("image", stack(stage.images), imageTolerance);
      const images = stage.images.map(toRgbImage);
      const rgb = images.map(({ data, height, width }) => ({ data, shape: [height, width, 3] }));
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
export function stack(items: readonly Computed[]): Computed {
  const data = items.flatMap((item) => Array.from(item.data));
  return { data, shape: [items.length, ...(items[0]?.shape ?? [])] };
}
