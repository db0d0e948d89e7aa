import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import { floatFeed } from "../../networks/open-session.ts";
import { transformerFeeds } from "../../networks/transformer/transformer-feeds.ts";
import { type ItemTokens, itemTokens, roundUpToMultiple } from "../../networks/transformer/transformer-tokens.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { zeros } from "../../tensor.ts";
import type { CaptionSource } from "../captions/caption-source.ts";

type Feeds = Readonly<Record<string, OnnxTensor>>;

/** One image on its way between noise and clean, with the caption that it is of. */
export interface NoisyItem {
  /** Token ids of the caption. */
  readonly ids: readonly number[];
  readonly sigma: number;
  /** The noisy latents as patches, without filling. */
  readonly patches: Float32Array;
}

export interface TransformerBatch {
  /** As the transformer and the caption source read them. */
  readonly feeds: Feeds;
  /** Whether the captions' lengths differ, so that the graph needs masks. */
  readonly masked: boolean;
  readonly items: readonly ItemTokens[];
}

/**
 * The transformer's inputs for items of one image size, for training graphs. Each caption is filled to its own next
 * multiple of 32, as in serving.
 * @returns the function from items and the shape of their latents to a batch
 */
export function transformerBatches(
  config: TransformerConfig,
  captions: CaptionSource,
): (items: readonly NoisyItem[], latentShape: readonly number[]) => Promise<TransformerBatch> {
  const layoutOf = layouts(config);
  return async (items, latentShape) => {
    const layout = layoutOf(
      latentShape,
      items.map(({ ids }) => roundUpToMultiple(ids.length)),
    );
    const { count, length } = layout.items[0]!.image;
    const width = items[0]!.patches.length / count;
    const patches = new Float32Array(items.length * length * width);
    items.forEach((item, index) => {
      patches.set(item.patches, index * length * width);
    });
    const frequencies = items.flatMap(({ sigma }) => [...timeFrequencies(1 - sigma, config.timeScale)]);
    const longest = Math.max(...layout.items.map(({ caption }) => caption.length));
    const ids = items.map((item) => item.ids);
    return {
      masked: layout.masked,
      items: layout.items,
      feeds: {
        ...layout.feeds,
        ...(await captions.feeds(ids, longest)),
        patches: floatFeed(patches, [items.length, length, width]),
        caption_padding: captionPadding(ids, longest),
        time_frequencies: floatFeed(Float32Array.from(frequencies), [items.length, frequencies.length / items.length]),
      },
    };
  };
}

/** Feeds that depend on a batch's sizes alone: positions, tables, padding of the images and masks. */
interface Layout {
  readonly items: readonly ItemTokens[];
  readonly masked: boolean;
  readonly feeds: Feeds;
}

/**
 * @returns the layout of images of one shape of latents with captions of such lengths; those without masks are kept,
 * there are few
 */
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

/** `[B, length, 1]`, 1 where the transformer puts its pad token. */
function captionPadding(captions: readonly (readonly number[])[], length: number): OnnxTensor {
  const padding = new Uint8Array(captions.length * length);
  captions.forEach((ids, item) => {
    padding.fill(1, item * length + ids.length, (item + 1) * length);
  });
  return { dtype: "bool", data: padding, dims: [captions.length, length, 1] };
}
