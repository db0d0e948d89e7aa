import { axialRotaryTables } from "../../graph/architectures/rotary-tables.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { frequencyWidth, timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { floatFeed } from "../open-session.ts";
import type { ItemTokens, TokenSequence } from "./transformer-tokens.ts";

/** Sizes of a batch: B items, X image tokens and C caption tokens in the longest. */
export interface BatchSizes {
  readonly items: number;
  readonly image: number;
  readonly caption: number;
}

export function batchSizes(items: readonly ItemTokens[]): BatchSizes {
  return {
    items: items.length,
    image: Math.max(...items.map(({ image }) => image.length)),
    caption: Math.max(...items.map(({ caption }) => caption.length)),
  };
}

/**
 * The inputs of one run of the graph of `buildTransformer`. Items are filled with zeros to the longest, and the masks
 * hide that filling; without masks the items must be equally long and of one image shape.
 * @param times - model time of each item
 */
export function transformerFeeds(
  items: readonly ItemTokens[],
  times: readonly number[],
  config: TransformerConfig,
  { masked }: { masked: boolean },
): Record<string, OnnxTensor> {
  const sizes = batchSizes(items);
  const frequencies = new Float32Array(sizes.items * frequencyWidth);
  times.forEach((t, item) => {
    frequencies.set(timeFrequencies(t, config.timeScale), item * frequencyWidth);
  });
  // Equal items have equal positions and share one table; otherwise each item has its own rows.
  const tableItems = masked ? items : items.slice(0, 1);
  const rowsPerItem = sizes.image + sizes.caption;
  const positions = new Int32Array(tableItems.length * rowsPerItem * 3);
  tableItems.forEach(({ image, caption }, item) => {
    positions.set(image.positions, item * rowsPerItem * 3);
    positions.set(caption.positions, (item * rowsPerItem + sizes.image) * 3);
  });
  const { cos, sin } = axialRotaryTables(positions, config.axesDims, config.ropeTheta);
  const tableDims = [tableItems.length * rowsPerItem, config.headDim / 2];
  const tableRows = (length: number, first: number): OnnxTensor => ({
    dtype: "int64",
    data: BigInt64Array.from({ length: sizes.items * length }, (_, index) => {
      const item = masked ? Math.floor(index / length) : 0;
      return BigInt(item * rowsPerItem + first + (index % length));
    }),
    dims: [sizes.items, length],
  });
  return {
    ...sequenceFeeds(
      "patch",
      "patches",
      items.map(({ image }) => image),
      sizes.image,
      masked,
    ),
    ...sequenceFeeds(
      "caption",
      "caption",
      items.map(({ caption }) => caption),
      sizes.caption,
      masked,
    ),
    time_frequencies: floatFeed(frequencies, [sizes.items, frequencyWidth]),
    rotary_cos: floatFeed(cos, tableDims),
    rotary_sin: floatFeed(sin, tableDims),
    patch_positions: tableRows(sizes.image, 0),
    caption_positions: tableRows(sizes.caption, sizes.image),
    joint_positions: tableRows(rowsPerItem, 0),
  };
}

/** Values, padding and, with `masked`, the mask of one kind of token. */
function sequenceFeeds(
  prefix: string,
  valuesName: string,
  sequences: readonly TokenSequence[],
  length: number,
  masked: boolean,
): Record<string, OnnxTensor> {
  const [first] = sequences;
  const width = first!.values.length / first!.length;
  const items = sequences.length;
  const values = new Float32Array(items * length * width);
  const padding = new Uint8Array(items * length);
  const mask = new Int32Array(items * length);
  sequences.forEach((sequence, item) => {
    values.set(sequence.values, item * length * width);
    padding.set(sequence.padding, item * length);
    mask.fill(1, item * length, item * length + sequence.length);
  });
  return {
    [valuesName]: floatFeed(values, [items, length, width]),
    [`${prefix}_padding`]: { dtype: "bool", data: padding, dims: [items, length, 1] },
    ...(masked ? { [`${prefix}_mask`]: { dtype: "int32", data: mask, dims: [items, length] } } : {}),
  };
}
