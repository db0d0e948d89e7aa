import { type Tensor, tensor } from "../tensor.ts";
import { checkFinite } from "./check-finite.ts";
import type { ControlInput, EditInput, Transformer, TransformerItem } from "./components.ts";
import { modelTimeAt, type Schedule } from "./flow-match-scheduler.ts";
import { applyGuidance, type Guidance, guidanceScaleAt } from "./guidance.ts";
import { type KeptImage, restoreKept } from "./image-to-image.ts";
import { euler } from "./samplers/euler.ts";
import type { Sampler } from "./samplers/sampler.ts";

export interface DenoiseItem {
  /** `[16, h, w]`, noise at the first sigma of the schedule. */
  readonly latents: Tensor;
  readonly promptEmbeds: Tensor;
  /** Needed while guidance is on. */
  readonly negativePromptEmbeds?: Tensor;
  readonly control?: ControlInput;
  readonly edit?: EditInput;
  /** Needed with `edit` while guidance is on. */
  readonly negativeEdit?: EditInput;
  /** What a mask protects. */
  readonly kept?: KeptImage;
  /**
   * Fresh noise for a step, for samplers that add some: standard normal, as many values as latents.
   * @param step - 1..total
   */
  readonly stepNoise?: (step: number) => Float32Array;
}

/** One finished step with everything it computed. */
export interface DenoiseStep {
  /** 1..total. */
  readonly step: number;
  readonly total: number;
  readonly sigma: number;
  readonly sigmaNext: number;
  /** Model time given to the transformer. */
  readonly t: number;
  /** Raw network outputs: all positive items, then all negative ones when guidance is on in this step. */
  readonly modelOutputs: readonly Tensor[];
  /** Velocity per item, after guidance and negation. */
  readonly noisePreds: readonly Tensor[];
  /** Latents per item after the step, with what masks protect put back. */
  readonly latents: readonly Tensor[];
  /** The same before anything was put back. */
  readonly drawnLatents: readonly Tensor[];
}

/**
 * Denoise a batch, yielding after every step; stop by leaving the loop. Latents stay float32.
 *
 * Sign and direction are decided here and nowhere else: sigma falls from 1 (noise) to 0 (clean), the transformer is
 * given `1 − sigma`, and its output is negated to give the velocity d latents / d sigma.
 *
 * @throws PipelineError `non_finite_output` once a value is NaN or infinite
 */
export async function* denoise(
  transformer: Transformer,
  items: readonly DenoiseItem[],
  schedule: Schedule,
  guidance: Guidance,
  sampler: Sampler = euler,
): AsyncGenerator<DenoiseStep, void> {
  let latents = items.map((item) => item.latents);
  const total = schedule.timesteps.length;
  for (let i = 0; i < total; i++) {
    const sigma = schedule.sigmas[i]!;
    const sigmaNext = schedule.sigmas[i + 1]!;
    const t = schedule.modelTimes[i]!;
    const { modelOutputs, noisePreds } = await predict(latents, t, i);
    const drawnLatents = await sampler.step({
      latents,
      velocities: noisePreds,
      sigma,
      sigmaNext,
      predict: async (points, at) => (await predict(points, modelTimeAt(schedule, at), i)).noisePreds,
      noise: (j) => noiseFor(items[j]!, i + 1),
    });
    for (const x of drawnLatents) checkFinite(x, `latents after step ${i + 1} of ${total}`);
    latents = drawnLatents.map((x, j) => {
      const { kept } = items[j]!;
      return kept ? restoreKept(x, kept, sigmaNext, (total - 1 - i) / total) : x;
    });

    yield { step: i + 1, total, sigma, sigmaNext, t, modelOutputs, noisePreds, latents, drawnLatents };
  }

  /** Velocities of all items at one model time, guidance included. */
  async function predict(
    points: readonly Tensor[],
    t: number,
    step: number,
  ): Promise<Pick<DenoiseStep, "modelOutputs" | "noisePreds">> {
    const scale = guidanceScaleAt(guidance, t);
    const positive = items.map((item, j): TransformerItem => {
      const { promptEmbeds, edit } = item;
      const control = item.control && controlAt(item.control, step, total);
      return { latents: points[j]!, promptEmbeds, t, control, edit };
    });
    const negative = positive.map((item, j): TransformerItem => {
      const { negativePromptEmbeds, negativeEdit } = items[j]!;
      return {
        ...item,
        promptEmbeds: negativePromptEmbeds ?? item.promptEmbeds,
        edit: negativeEdit ?? item.edit,
      };
    });
    const modelOutputs = await transformer.forward(scale > 0 ? [...positive, ...negative] : positive);
    const noisePreds = items.map((_, j) => {
      const output = modelOutputs[j]!;
      const guided =
        scale > 0 ? applyGuidance(output, modelOutputs[items.length + j]!, scale, guidance.normalization) : output;
      return tensor(
        guided.data.map((value) => -value),
        guided.shape,
      );
    });
    return { modelOutputs, noisePreds };
  }
}

function noiseFor({ stepNoise }: DenoiseItem, step: number): Float32Array {
  if (!stepNoise) throw new Error("this sampler needs noise for its steps");
  return stepNoise(step);
}

/** @see diffusers `pipeline_controlnet.py`, `controlnet_keep` */
function controlAt(control: ControlInput, step: number, total: number): ControlInput {
  const { start = 0, end = 1 } = control;
  return step / total < start || (step + 1) / total > end ? { ...control, scale: 0 } : control;
}
