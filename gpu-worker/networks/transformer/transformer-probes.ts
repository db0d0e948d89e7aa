import { axialRotaryTables } from "../../graph/architectures/rotary-tables.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import type { BatchSizes } from "./transformer-feeds.ts";
import type { ItemTokens, TokenSequence } from "./transformer-tokens.ts";

/** Which tokens a graph value of shape `[B, tokens, W]` has. */
export type TokenKind = "image" | "caption" | "unified";

/**
 * One item's rows of a batched graph value, without the rows that fill the batch: image tokens first, then caption
 * tokens.
 */
export function itemRows(
  output: OnnxTensor,
  kind: TokenKind,
  index: number,
  { image, caption }: ItemTokens,
  sizes: BatchSizes,
): Tensor {
  if (output.dtype !== "float32") throw new Error(`expected float32 values, got ${output.dtype}`);
  const [, length = 0, width = 0] = output.dims;
  const rows = (first: number, count: number) => {
    const start = (index * length + first) * width;
    return output.data.subarray(start, start + count * width);
  };
  const imageRows = kind === "caption" ? 0 : image.length;
  const captionRows = kind === "image" ? 0 : caption.length;
  const data = new Float32Array((imageRows + captionRows) * width);
  data.set(rows(0, imageRows));
  data.set(rows(kind === "caption" ? 0 : sizes.image, captionRows), imageRows * width);
  return tensor(data, [imageRows + captionRows, width]);
}

/** One item's part of every output of a graph built with probes, under the names of the reference data. */
export function itemProbes(
  outputs: ReadonlyMap<string, OnnxTensor>,
  index: number,
  item: ItemTokens,
  sizes: BatchSizes,
): Map<string, Tensor> {
  const probes = new Map<string, Tensor>();
  for (const [name, output] of outputs) {
    if (output.dtype !== "float32") continue;
    const width = output.dims.at(-1) ?? 0;
    // The reference data has `layers.0.q_raw` where our scopes, which spell checkpoint names, say
    // `layers.0.attention.q_raw`.
    const referenceName = name.replace(".attention.", ".");
    const value =
      name === "t_emb"
        ? tensor(output.data.slice(index * width, (index + 1) * width), [1, width])
        : itemRows(output, tokenKind(name), index, item, sizes);
    probes.set(referenceName, value);
  }
  return probes;
}

function tokenKind(name: string): TokenKind {
  if (name.startsWith("x_embed") || name.startsWith("noise_refiner")) return "image";
  if (name.startsWith("cap_embed") || name.startsWith("context_refiner")) return "caption";
  return "unified";
}

/** What is computed for an item before the graph runs, under the names of the reference data. */
export function inputProbes(item: ItemTokens, t: number, config: TransformerConfig): Map<string, Tensor> {
  const { image, caption } = item;
  return new Map([
    ["patches", tensor(image.values, [image.length, image.values.length / image.length])],
    ["t_freq", rowOf(timeFrequencies(t, config.timeScale))],
    ...sequenceProbes("x", image, config),
    ...sequenceProbes("cap", caption, config),
  ]);
}

function sequenceProbes(
  prefix: string,
  { length, padding, positions }: TokenSequence,
  config: TransformerConfig,
): [string, Tensor][] {
  const { cos, sin } = axialRotaryTables(positions, config.axesDims, config.ropeTheta);
  return [
    [`${prefix}_pad`, tensor(Float32Array.from(padding), [length])],
    [`${prefix}_pos`, tensor(Float32Array.from(positions), [length, 3])],
    [`${prefix}_rope_cos`, tensor(cos, [length, config.headDim / 2])],
    [`${prefix}_rope_sin`, tensor(sin, [length, config.headDim / 2])],
  ];
}

function rowOf(values: Float32Array): Tensor {
  return tensor(values, [1, values.length]);
}
