import { textRotaryTables } from "../../graph/architectures/rotary-tables.ts";
import { embeddingTable, textEncoder } from "../../graph/architectures/text-encoder.ts";
import type { TextEncoderConfig } from "../../graph/architectures/z-image-config.ts";
import { embedding } from "../../graph/ops/shape.ts";
import { floatFeed } from "../../networks/open-session.ts";
import type { CaptionSource } from "./caption-source.ts";

/**
 * The text encoder as part of the training graph, so that it can learn. What fills a caption comes after it, so the
 * causal text encoder does not see it.
 *
 * Inputs: `caption_ids` and `text_positions` `[B, C]` int64, `text_cos` and `text_sin` `[C, headDim/2]`.
 */
export function trainedCaptions(config: TextEncoderConfig): CaptionSource {
  const { headDim, ropeTheta } = config;
  return {
    build(g) {
      const { name, dims } = embeddingTable(config);
      const embeds = embedding(g, g.weight(name, dims), g.input("caption_ids", "int64", ["B", "C"])); // [B, C, D]
      const rotary = {
        cos: g.input("text_cos", "float32", ["C", headDim / 2]),
        sin: g.input("text_sin", "float32", ["C", headDim / 2]),
        positions: g.input("text_positions", "int64", ["B", "C"]),
      };
      return textEncoder(g, embeds, rotary, config);
    },
    async feeds(captions, length) {
      const dims = [captions.length, length];
      const ids = new BigInt64Array(captions.length * length);
      captions.forEach((caption, item) => {
        ids.set(caption.map(BigInt), item * length);
      });
      const { cos, sin } = textRotaryTables(length, headDim, ropeTheta);
      const positions = BigInt64Array.from(ids, (_, index) => BigInt(index % length));
      return {
        caption_ids: { dtype: "int64", data: ids, dims },
        text_positions: { dtype: "int64", data: positions, dims },
        text_cos: floatFeed(cos, [length, headDim / 2]),
        text_sin: floatFeed(sin, [length, headDim / 2]),
      };
    },
    release: async () => {},
  };
}
