import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { patchify } from "../../networks/transformer/transformer-tokens.ts";
import { gaussianNoise } from "../../pipeline/noise.ts";
import type { PromptTokenizer } from "../../pipeline/prompt/tokenizer.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import type { CaptionSource } from "../captions/caption-source.ts";
import type { LatentCache } from "../data/latent-cache.ts";
import type { TrainingData } from "../data/training-data.ts";
import { flowMatchFeeds } from "./flow-match-loss.ts";
import { transformerBatches } from "./transformer-batch.ts";

export interface FlowParts {
  readonly transformer: TransformerConfig;
  readonly captions: CaptionSource;
  readonly tokenizer: PromptTokenizer;
  readonly data: TrainingData;
  readonly latents: LatentCache;
}

export interface FlowBatchOptions {
  readonly batchSize: number;
  /** Longer captions are cut. */
  readonly captionTokens: number;
  /** Shift of the scheduler: training samples the noise levels that sampling uses. */
  readonly shift: number;
}

interface FlowBatch {
  /** As the transformer, the caption source and `flowMatchLoss` read them. */
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
  /** Whether the captions' lengths differ, so that the graph needs masks. */
  readonly masked: boolean;
}

export interface FlowBatches {
  /**
   * Captions, noise levels and noise for examples whose images have one size. Each caption is filled to its own next
   * multiple of 32, as in serving.
   * @param random - decides all of them
   */
  draw(examples: readonly number[], random: () => number): Promise<FlowBatch>;
}

export function flowBatches(parts: FlowParts, { batchSize, captionTokens, shift }: FlowBatchOptions): FlowBatches {
  const { transformer, captions, tokenizer, data, latents } = parts;
  const batchOf = transformerBatches(transformer, captions);

  return {
    async draw(examples, random) {
      const noiseSeed = Math.floor(random() * 2 ** 32);
      const items = examples.map((example, item) => {
        const { text, image } = data.caption(example, random);
        const sigma = drawSigma((item + random()) / batchSize, shift);
        const { inputIds } = tokenizer.tokenizePrompt(text, captionTokens);
        return { ids: inputIds, sigma, clean: latents.latents(image) };
      });
      const { data: first, shape } = items[0]!.clean;
      const noise = gaussianNoise(noiseSeed, items.length * first.length);
      const mixed = items.map(({ ids, sigma, clean }, item) => {
        const drawn = noise.subarray(item * first.length, (item + 1) * first.length);
        return { ids, sigma, ...mixNoise(patchify(clean, transformer.patchSize), drawn, sigma) };
      });
      const batch = await batchOf(mixed, shape);
      const targets = mixed.map(({ target }) => target);
      return { masked: batch.masked, feeds: { ...batch.feeds, ...flowMatchFeeds(batch.items, targets) } };
    },
  };
}

/** `(1 − sigma)·clean + sigma·noise`, and the velocity from noise to clean that a network is to give there. */
export function mixNoise(clean: Float32Array, noise: Float32Array, sigma: number) {
  return {
    patches: clean.map((value, i) => sigma * noise[i]! + (1 - sigma) * value),
    target: clean.map((value, i) => value - noise[i]!),
  };
}

/** The noise level of an even draw: as dense as the shifted schedule of the sampler has its steps. @param u - 0..1 */
function drawSigma(u: number, shift: number): number {
  return (shift * u) / (1 + (shift - 1) * u);
}
