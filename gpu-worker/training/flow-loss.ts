import { frequencyWidth } from "../graph/blocks/timestep-embedding.ts";
import type { GraphBuilder, Value } from "../graph/graph-builder.ts";
import { embedding } from "../graph/ops/shape.ts";
import { embeddingTable, textEncoder } from "../graph/text-encoder.ts";
import type { TextEncoderConfig, TransformerConfig } from "../graph/z-image-config.ts";
import { transformer } from "../graph/z-image-transformer.ts";
import { flowMatchLoss } from "./flow-match-loss.ts";

/**
 * Flow-matching loss of text encoder and transformer together, for pictures of one size and captions filled up to one length. B batch, X image tokens, C caption tokens.
 *
 * Inputs added: `caption_ids` `[B, C]` int64 and `text_positions` `[B, C]` int64, `text_cos` and `text_sin` `[C, headDim/2]`; those of `transformerInputs` without
 * masks and without `caption`; those of `flowMatchLoss`. What fills a caption comes after it, so the causal text encoder does not see it, and the transformer puts its pad token there.
 * @returns the loss, `[]`
 */
export function textToImageLoss(g: GraphBuilder, text: TextEncoderConfig, config: TransformerConfig): Value {
  const { name, dims } = embeddingTable(text);
  const embeds = embedding(g, g.weight(name, dims), g.input("caption_ids", "int64", ["B", "C"])); // [B, C, D]
  const textRotary = {
    cos: g.input("text_cos", "float32", ["C", text.headDim / 2]),
    sin: g.input("text_sin", "float32", ["C", text.headDim / 2]),
    positions: g.input("text_positions", "int64", ["B", "C"]),
  };
  const tokens = transformer(
    g,
    {
      patches: g.input("patches", "float32", ["B", "X", config.patchSize ** 2 * config.inChannels]),
      caption: textEncoder(g, embeds, textRotary, text),
      patchPadding: g.input("patch_padding", "bool", ["B", "X", 1]),
      captionPadding: g.input("caption_padding", "bool", ["B", "C", 1]),
      timeFrequencies: g.input("time_frequencies", "float32", ["B", frequencyWidth]),
      cos: g.input("rotary_cos", "float32", ["R", config.headDim / 2]),
      sin: g.input("rotary_sin", "float32", ["R", config.headDim / 2]),
      patchPositions: g.input("patch_positions", "int64", ["B", "X"]),
      captionPositions: g.input("caption_positions", "int64", ["B", "C"]),
    },
    config,
  );
  return flowMatchLoss(g, tokens);
}
