import type { GraphBuilder } from "../graph-builder.ts";
import { add, mul } from "../ops/arithmetic.ts";
import type { Rotary } from "../ops/attention.ts";
import type { Value } from "../value.ts";
import { type AttentionConfig, attention } from "./attention.ts";
import { feedForward } from "./feed-forward.ts";
import { blockModulation, blockModulationPerToken, type TimePerToken } from "./modulation.ts";
import { rmsNorm } from "./rms-norm.ts";

export interface TransformerBlockConfig extends AttentionConfig {
  readonly feedForwardHidden: number;
}

export interface TransformerBlockInputs {
  readonly rotary: Rotary;
  /** `[B, S]` int32; absent when every token takes part. */
  readonly keyMask?: Value | undefined;
  /** `[B, A]`; absent in the context refiner, whose scales and gates are 1. */
  readonly timeEmbedding?: Value | undefined;
  /** In place of `timeEmbedding` where the tokens of one item have different times. */
  readonly timePerToken?: TimePerToken | undefined;
}

/**
 * Attention and feed-forward, each between two norms, scaled before and gated after.
 * @param x - `[B, S, D]`
 * @see Z-Image `src/zimage/transformer.py`, `ZImageTransformerBlock`
 */
export function transformerBlock(
  g: GraphBuilder,
  x: Value,
  inputs: TransformerBlockInputs,
  config: TransformerBlockConfig,
): Value {
  const { rotary, keyMask, timeEmbedding, timePerToken } = inputs;
  const { eps } = config;
  const width = config.heads * config.headDim;
  const modulation = timePerToken
    ? blockModulationPerToken(g, timePerToken, width)
    : timeEmbedding && blockModulation(g, timeEmbedding, width);
  const times = (value: Value, factor: Value | undefined) => (factor ? mul(g, value, factor) : value);

  const attentionIn = times(rmsNorm(g, x, "attention_norm1", eps), modulation?.attentionScale);
  const attentionOut = attention(g, attentionIn, rotary, keyMask, config);
  g.probe("attn_out", attentionOut);
  const attended = add(g, x, times(rmsNorm(g, attentionOut, "attention_norm2", eps), modulation?.attentionGate));

  const feedForwardIn = times(rmsNorm(g, attended, "ffn_norm1", eps), modulation?.feedForwardScale);
  const feedForwardOut = g.scope("feed_forward", () =>
    feedForward(g, feedForwardIn, { gate: "w1", up: "w3", down: "w2" }, config.feedForwardHidden),
  );
  g.probe("ffn_out", feedForwardOut);
  return add(g, attended, times(rmsNorm(g, feedForwardOut, "ffn_norm2", eps), modulation?.feedForwardGate));
}
