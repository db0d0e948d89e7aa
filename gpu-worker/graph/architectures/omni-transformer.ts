import { blockStack, replacePadding } from "../blocks/block-stack.ts";
import { finalScale, type TimePerToken } from "../blocks/modulation.ts";
import { rmsNorm } from "../blocks/rms-norm.ts";
import { frequencyWidth, timestepEmbedding } from "../blocks/timestep-embedding.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { cast, mul, where } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import { layerNormalization } from "../ops/normalization.ts";
import { concat } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import type { TransformerConfig } from "./z-image-config.ts";

/** Kinds of token, in the order of the joint sequence. */
export const omniStreams = ["caption", "patch", "siglip"] as const;
export type OmniStream = (typeof omniStreams)[number];

const atomOf: Readonly<Record<OmniStream, string>> = { caption: "C", patch: "X", siglip: "G" };

/**
 * S3-DiT as it edits: several images in one sequence, those that are referred to clean and the one that is drawn noisy.
 * One item a run: C caption tokens, X tokens of all images, G of their vision features, S the sum, R rows of the rotary
 * tables.
 *
 * Inputs (float32 unless said otherwise):
 * - `caption` `[1, C, capFeatDim]`, `patch` `[1, X, patchDim]`, with `siglip` also `siglip` `[1, G, siglipFeatDim]`
 * - `NAME_padding` `[1, ·, 1]` bool for each: rows that the learned pad tokens replace
 * - `NAME_positions` `[1, ·]` int64 for each: each token's row in `rotary_cos`, `rotary_sin` `[R, headDim/2]`
 * - `NAME_noisy` `[1, ·, 1]` bool for each: tokens that have the time of the noise, all others are clean
 * - `time_frequencies`, `clean_time_frequencies` `[1, 256]`
 *
 * Output `final` `[1, S, patchDim]` in the order caption, images, features; only the tokens of the noisy image mean
 * something.
 * @see diffusers `models/transformers/transformer_z_image.py`, omni mode
 */
export function buildOmniTransformer(
  g: GraphBuilder,
  config: TransformerConfig,
  { siglip }: { readonly siglip: boolean },
): void {
  const { dim, eps, headDim, siglipFeatDim } = config;
  const patchDim = config.patchSize ** 2 * config.inChannels;
  const cos = g.input("rotary_cos", "float32", ["R", headDim / 2]);
  const sin = g.input("rotary_sin", "float32", ["R", headDim / 2]);
  const time = (name: string) => {
    const frequencies = g.input(name, "float32", [1, frequencyWidth]);
    return timestepEmbedding(g, cast(g, frequencies, g.computeDtype), config.timeEmbeddingDim);
  };
  const noisy = time("time_frequencies");
  const clean = time("clean_time_frequencies");
  const stream = (name: OmniStream, width: number) => {
    const atom = atomOf[name];
    return {
      values: cast(g, g.input(name, "float32", [1, atom, width]), g.computeDtype),
      padding: g.input(`${name}_padding`, "bool", [1, atom, 1]),
      positions: g.input(`${name}_positions`, "int64", [1, atom]),
      noisyTokens: g.input(`${name}_noisy`, "bool", [1, atom, 1]),
    };
  };
  const refine = (name: string, x: Value, positions: Value, timePerToken?: TimePerToken) =>
    blockStack(g, name, config.refinerLayers, x, { rotary: { cos, sin, positions }, timePerToken }, config);
  /** Norm and linear layer of features from another network. */
  const embed = (name: string, values: Value) => {
    const normed = g.scope(name, () => rmsNorm(g, values, "0", eps));
    return linear(g, normed, `${name}.1`, dim, { bias: true });
  };

  const caption = stream("caption", config.capFeatDim);
  const captionTokens = replacePadding(g, embed("cap_embedder", caption.values), caption.padding, "cap_pad_token");
  const text = refine("context_refiner", captionTokens, caption.positions);

  const patch = stream("patch", patchDim);
  const xEmbed = linear(g, patch.values, "all_x_embedder.2-1", dim, { bias: true });
  const imageTokens = replacePadding(g, xEmbed, patch.padding, "x_pad_token");
  const image = refine("noise_refiner", imageTokens, patch.positions, { noisy, clean, noisyTokens: patch.noisyTokens });

  const streams = [caption, patch];
  const parts = [text, image];
  if (siglip) {
    if (siglipFeatDim === undefined) throw new Error("the config has no siglip_feat_dim");
    const features = stream("siglip", siglipFeatDim);
    const embedded = embed("siglip_embedder", features.values);
    const tokens = replacePadding(g, embedded, features.padding, "siglip_pad_token");
    streams.push(features);
    parts.push(refine("siglip_refiner", tokens, features.positions));
  }

  const join = (pick: (of: (typeof streams)[number]) => Value) => concat(g, streams.map(pick), 1, "S");
  const timePerToken = { noisy, clean, noisyTokens: join(({ noisyTokens }) => noisyTokens) };
  const rotary = { cos, sin, positions: join(({ positions }) => positions) };
  const unified = concat(g, parts, 1, "S");
  const out = blockStack(g, "layers", config.layers, unified, { rotary, timePerToken }, config);
  const tokens = g.scope("all_final_layer.2-1", () => {
    const scale = where(g, timePerToken.noisyTokens, finalScale(g, noisy, dim), finalScale(g, clean, dim));
    return linear(g, mul(g, layerNormalization(g, out, config.finalNormEps), scale), "linear", patchDim, {
      bias: true,
    });
  });
  g.output("final", cast(g, tokens, "float32"));
}
