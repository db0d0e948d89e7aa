import { timeFrequencies } from "../graph/blocks/timestep-embedding.ts";
import type { TransformerConfig } from "../graph/z-image-config.ts";
import { floatFeed } from "../networks/open-session.ts";
import { transformerFeeds } from "../networks/transformer-feeds.ts";
import { type ItemTokens, itemTokens, patchify, roundUpToMultiple } from "../networks/transformer-tokens.ts";
import { gaussianNoise } from "../pipeline/noise.ts";
import type { PromptTokenizer } from "../pipeline/tokenizer.ts";
import type { OnnxTensor } from "../runtime/onnx-session.ts";
import { tensor } from "../tensor.ts";
import type { CaptionSource } from "./caption-source.ts";
import { flowMatchFeeds } from "./flow-match-loss.ts";
import type { LatentCache } from "./latent-cache.ts";
import type { TrainingData } from "./training-data.ts";

type Feeds = Readonly<Record<string, OnnxTensor>>;

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
  /** Of the scheduler: training draws noise levels as sampling meets them. */
  readonly shift: number;
}

export interface FlowBatch {
  /** As the transformer, the caption source and `flowMatchLoss` read them. */
  readonly feeds: Feeds;
  /** Whether the captions' lengths differ, so that the graph needs masks. */
  readonly masked: boolean;
}

export interface FlowBatches {
  /**
   * Captions, noise levels and noise for examples whose pictures have one size. Each caption is filled to its own next multiple of 32, as in serving.
   * @param random - decides all of them
   */
  draw(examples: readonly number[], random: () => number): Promise<FlowBatch>;
}

export function flowBatches(parts: FlowParts, { batchSize, captionTokens, shift }: FlowBatchOptions): FlowBatches {
  const { transformer, captions, tokenizer, data, latents } = parts;
  const layoutOf = layouts(transformer);

  return {
    async draw(examples, random) {
      const noiseSeed = Math.floor(random() * 2 ** 32);
      const items = examples.map((example, item) => {
        const { text, picture } = data.caption(example, random);
        const sigma = drawSigma((item + random()) / batchSize, shift);
        const { inputIds } = tokenizer.tokenizePrompt(text, captionTokens);
        return { ids: inputIds, sigma, clean: latents.latents(picture) };
      });
      const layout = layoutOf(
        items[0]!.clean.shape,
        items.map(({ ids }) => roundUpToMultiple(ids.length)),
      );
      const { count, length } = layout.items[0]!.image;
      const values = items[0]!.clean.data.length;
      const width = values / count;

      const noise = gaussianNoise(noiseSeed, items.length * values);
      const noisy = new Float32Array(items.length * length * width);
      const targets = items.map(({ clean, sigma }, item) => {
        const patches = patchify(clean, transformer.patchSize);
        const target = new Float32Array(values);
        for (let i = 0; i < values; i++) {
          const drawn = noise[item * values + i]!;
          target[i] = patches[i]! - drawn;
          noisy[item * length * width + i] = sigma * drawn + (1 - sigma) * patches[i]!;
        }
        return target;
      });
      const frequencies = items.flatMap(({ sigma }) => [...timeFrequencies(1 - sigma, transformer.timeScale)]);
      const longest = Math.max(...layout.items.map(({ caption }) => caption.length));
      const ids = items.map((item) => item.ids);
      return {
        masked: layout.masked,
        feeds: {
          ...layout.feeds,
          ...(await captions.feeds(ids, longest)),
          ...flowMatchFeeds(layout.items, targets),
          patches: floatFeed(noisy, [items.length, length, width]),
          caption_padding: captionPadding(ids, longest),
          time_frequencies: floatFeed(Float32Array.from(frequencies), [
            items.length,
            frequencies.length / items.length,
          ]),
        },
      };
    },
  };
}

/** What a batch of certain sizes always feeds: positions, tables, padding of the pictures and masks. */
interface Layout {
  readonly items: readonly ItemTokens[];
  readonly masked: boolean;
  readonly feeds: Feeds;
}

/** @returns the layout of pictures of one shape of latents with captions of such lengths; those without masks are kept, there are few */
function layouts(config: TransformerConfig) {
  const known = new Map<string, Layout>();
  return (shape: readonly number[], lengths: readonly number[]): Layout => {
    const key = `${shape} ${lengths}`;
    const found = known.get(key);
    if (found) return found;
    const blank = (length: number) =>
      itemTokens({ latents: zeros(shape), promptEmbeds: zeros([length, config.capFeatDim]), t: 0 }, config);
    const items = lengths.map(blank);
    const masked = lengths.some((length) => length !== lengths[0]);
    const times = lengths.map(() => 0);
    const { caption: _, ...feeds } = transformerFeeds(items, times, config, { masked });
    const layout = { items, masked, feeds };
    if (!masked) known.set(key, layout);
    return layout;
  };
}

const zeros = (shape: readonly number[]) =>
  tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);

/** The noise level of an even draw: as dense as the shifted schedule of the sampler has its steps. @param u - 0..1 */
function drawSigma(u: number, shift: number): number {
  return (shift * u) / (1 + (shift - 1) * u);
}

/** `[B, length, 1]`, 1 where the transformer puts its pad token. */
function captionPadding(captions: readonly (readonly number[])[], length: number): OnnxTensor {
  const padding = new Uint8Array(captions.length * length);
  captions.forEach((ids, item) => {
    padding.fill(1, item * length + ids.length, (item + 1) * length);
  });
  return { dtype: "bool", data: padding, dims: [captions.length, length, 1] };
}
