import type { GraphBuilder } from "../graph-builder.ts";
import { add, silu, tanh, where } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import { reshape, split } from "../ops/shape.ts";
import type { Value } from "../value.ts";

/** Factors of one transformer block, each `[B, 1, D]`. */
export interface BlockModulation {
  readonly attentionScale: Value;
  readonly attentionGate: Value;
  readonly feedForwardScale: Value;
  readonly feedForwardGate: Value;
}

/**
 * What the time says to a block: scales `1 + s` and gates `tanh(g)`, in the order scale, gate (attention), scale, gate
 * (feed-forward). No shifts, and no activation before the linear layer.
 * @param timeEmbedding - `[B, A]`
 * @see Z-Image `src/zimage/transformer.py`, `ZImageTransformerBlock.forward`
 */
export function blockModulation(g: GraphBuilder, timeEmbedding: Value, width: number): BlockModulation {
  // One row for the whole image, whose error would be in every token: 8 bits here would add a sixth to the error of a
  // block.
  const all = linear(g, timeEmbedding, "adaLN_modulation.0", 4 * width, { bias: true, exact: true }); // [B, 4D]
  const [attentionScale, attentionGate, feedForwardScale, feedForwardGate] = split(g, perItem(g, all), 2, 4) as [
    Value,
    Value,
    Value,
    Value,
  ];
  return {
    attentionScale: onePlus(g, attentionScale),
    attentionGate: tanh(g, attentionGate),
    feedForwardScale: onePlus(g, feedForwardScale),
    feedForwardGate: tanh(g, feedForwardGate),
  };
}

/**
 * A time per token instead of per item: `noisyTokens` `[B, S, 1]` bool says which tokens take `noisy`, all others
 * `clean`. Both `[B, A]`.
 */
export interface TimePerToken {
  readonly noisy: Value;
  readonly clean: Value;
  readonly noisyTokens: Value;
}

/** `blockModulation` with the time of each token. @returns factors `[B, S, D]` */
export function blockModulationPerToken(
  g: GraphBuilder,
  { noisy, clean, noisyTokens }: TimePerToken,
  width: number,
): BlockModulation {
  const ofNoisy = blockModulation(g, noisy, width);
  const ofClean = blockModulation(g, clean, width);
  const pick = (name: keyof BlockModulation) => where(g, noisyTokens, ofNoisy[name], ofClean[name]);
  return {
    attentionScale: pick("attentionScale"),
    attentionGate: pick("attentionGate"),
    feedForwardScale: pick("feedForwardScale"),
    feedForwardGate: pick("feedForwardGate"),
  };
}

/**
 * `1 + W silu(c) + b`, the scale of the final layer. Unlike in the blocks there is a SiLU before the linear layer.
 * @returns `[B, 1, D]`
 */
export function finalScale(g: GraphBuilder, timeEmbedding: Value, width: number): Value {
  return onePlus(g, perItem(g, linear(g, silu(g, timeEmbedding), "adaLN_modulation.1", width, { bias: true })));
}

/** `[B, W]` → `[B, 1, W]` */
function perItem(g: GraphBuilder, x: Value): Value {
  const [batch, width] = x.dims;
  return reshape(g, x, [batch!, 1, width!]);
}

function onePlus(g: GraphBuilder, x: Value): Value {
  return add(g, x, g.scalar(1));
}
