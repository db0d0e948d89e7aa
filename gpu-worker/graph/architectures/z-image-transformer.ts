import { blockStack, replacePadding } from "../blocks/block-stack.ts";
import { finalScale } from "../blocks/modulation.ts";
import { rmsNorm } from "../blocks/rms-norm.ts";
import { frequencyWidth, timestepEmbedding } from "../blocks/timestep-embedding.ts";
import type { TransformerBlockInputs } from "../blocks/transformer-block.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { cast, mul } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import { layerNormalization } from "../ops/normalization.ts";
import { concat } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import { type ControlNetInputs, controlHints, controlNetInputs } from "./control-net.ts";
import type { ControlNetConfig } from "./control-net-config.ts";
import type { TransformerConfig } from "./z-image-config.ts";

/** What the transformer reads. B batch, X image tokens, C caption tokens, R rows of the rotary tables. */
export interface TransformerInputs {
  /** `[B, X, patchDim]` */
  readonly patches: Value;
  /** `[B, C, capFeatDim]` */
  readonly caption: Value;
  /** `[B, X, 1]` and `[B, C, 1]` bool: rows that the learned pad tokens replace. */
  readonly patchPadding: Value;
  readonly captionPadding: Value;
  /** `[B, 256]` */
  readonly timeFrequencies: Value;
  /** `[R, headDim/2]` float32 */
  readonly cos: Value;
  readonly sin: Value;
  /**
   * `[B, X]`, `[B, C]` and both, `[B, S]`, int64: each token's row in the rotary tables. Joined on the CPU, because
   * WebGPU has no `Concat` of int64.
   */
  readonly patchPositions: Value;
  readonly captionPositions: Value;
  readonly jointPositions: Value;
  /**
   * `[B, X]` and `[B, C]` int32, 0 for rows that only make the items of a batch equally long; absent when there are
   * none.
   */
  readonly masks?: { readonly patch: Value; readonly caption: Value } | undefined;
  /** What a ControlNet reads; absent without one. */
  readonly control?: ControlNetInputs | undefined;
}

export interface TransformerVariant {
  /** Items of different length in one batch. */
  readonly masked: boolean;
  /** Build this ControlNet's side network in. */
  readonly controlNet?: ControlNetConfig | undefined;
}

/**
 * S3-DiT as a graph of its own. B batch, X image tokens, C caption tokens, S = X + C, R rows of the rotary tables; all
 * symbolic, so one session serves every size and length.
 *
 * Inputs (float32 unless said otherwise):
 * - `patches` `[B, X, patchDim]`, `caption` `[B, C, capFeatDim]`
 * - `patch_padding` `[B, X, 1]`, `caption_padding` `[B, C, 1]` bool: rows that the learned pad tokens replace
 * - `time_frequencies` `[B, 256]`
 * - `rotary_cos`, `rotary_sin` `[R, headDim/2]`; `patch_positions` `[B, X]`, `caption_positions` `[B, C]`,
 *   `joint_positions` `[B, S]` int64: each token's row in them
 * - with `masked`: `patch_mask` `[B, X]`, `caption_mask` `[B, C]` int32, 0 for rows that only make the items of a batch
 *   equally long
 * - with `controlNet`: `control_patches` `[B, X, controlPatchDim]`, `control_scale` `[]`
 *
 * Output `final` `[B, S, patchDim]`: image tokens first; those of the caption mean nothing.
 */
export function buildTransformer(g: GraphBuilder, config: TransformerConfig, variant: TransformerVariant): void {
  g.output("final", transformer(g, transformerInputs(g, config, variant), config));
}

/**
 * Declare the inputs of `buildTransformer`, which `transformerFeeds` fills.
 * @param options.caption - takes the place of that input
 */
export function transformerInputs(
  g: GraphBuilder,
  { capFeatDim, headDim, patchSize, inChannels }: TransformerConfig,
  { masked, controlNet, caption }: TransformerVariant & { readonly caption?: Value },
): TransformerInputs {
  return {
    patches: g.input("patches", "float32", ["B", "X", patchSize ** 2 * inChannels]),
    caption: caption ?? g.input("caption", "float32", ["B", "C", capFeatDim]),
    patchPadding: g.input("patch_padding", "bool", ["B", "X", 1]),
    captionPadding: g.input("caption_padding", "bool", ["B", "C", 1]),
    timeFrequencies: g.input("time_frequencies", "float32", ["B", frequencyWidth]),
    cos: g.input("rotary_cos", "float32", ["R", headDim / 2]),
    sin: g.input("rotary_sin", "float32", ["R", headDim / 2]),
    patchPositions: g.input("patch_positions", "int64", ["B", "X"]),
    captionPositions: g.input("caption_positions", "int64", ["B", "C"]),
    jointPositions: g.input("joint_positions", "int64", ["B", "S"]),
    masks: masked
      ? { patch: g.input("patch_mask", "int32", ["B", "X"]), caption: g.input("caption_mask", "int32", ["B", "C"]) }
      : undefined,
    control: controlNet && controlNetInputs(g, controlNet, patchSize),
  };
}

/**
 * Attention does not depend on the order of tokens, so the joint sequence of a mixed batch is `[image to batch maximum,
 * caption to batch maximum]` and the mask hides the filling in its middle; the reference moves each caption up to its
 * image. Without a mask the runtime may choose flash attention.
 * @returns `[B, S, patchDim]` float32: image tokens first; those of the caption mean nothing
 * @see Z-Image `src/zimage/transformer.py`, `ZImageTransformer2DModel.forward`
 */
export function transformer(g: GraphBuilder, inputs: TransformerInputs, config: TransformerConfig): Value {
  const { dim, eps } = config;
  const { patches, caption, cos, sin, patchPositions, captionPositions, jointPositions, masks } = inputs;
  const patchDim = config.patchSize ** 2 * config.inChannels;

  // [B, A]
  const timeEmbedding = timestepEmbedding(g, cast(g, inputs.timeFrequencies, g.computeDtype), config.timeEmbeddingDim);
  g.probe("t_emb", timeEmbedding);

  const xEmbed = linear(g, cast(g, patches, g.computeDtype), "all_x_embedder.2-1", dim, { bias: true }); // [B, X, D]
  g.probe("x_embed", xEmbed);
  const imageBlocks: TransformerBlockInputs = {
    rotary: { cos, sin, positions: patchPositions },
    keyMask: masks?.patch,
    timeEmbedding,
  };
  const imageTokens = replacePadding(g, xEmbed, inputs.patchPadding, "x_pad_token");
  const image = blockStack(g, "noise_refiner", config.refinerLayers, imageTokens, imageBlocks, config);

  const captionNormed = g.scope("cap_embedder", () => rmsNorm(g, cast(g, caption, g.computeDtype), "0", eps));
  const capEmbed = linear(g, captionNormed, "cap_embedder.1", dim, { bias: true }); // [B, C, D]
  g.probe("cap_embed", capEmbed);
  const captionBlocks = { rotary: { cos, sin, positions: captionPositions }, keyMask: masks?.caption };
  const captionTokens = replacePadding(g, capEmbed, inputs.captionPadding, "cap_pad_token");
  const text = blockStack(g, "context_refiner", config.refinerLayers, captionTokens, captionBlocks, config);

  const unified = concat(g, [image, text], 1, "S"); // [B, S, D]
  g.probe("unified_in", unified);
  const unifiedBlocks: TransformerBlockInputs = {
    rotary: { cos, sin, positions: jointPositions },
    keyMask: masks && concat(g, [masks.patch, masks.caption], 1, "S"),
    timeEmbedding,
  };
  const hints =
    inputs.control &&
    controlHints(
      g,
      inputs.control,
      { imageTokens, imagePadding: inputs.patchPadding, image, text, unified, imageBlocks, unifiedBlocks },
      config,
    );
  const out = blockStack(g, "layers", config.layers, unified, unifiedBlocks, config, hints);

  const tokens = g.scope("all_final_layer.2-1", () => {
    const scaled = mul(g, layerNormalization(g, out, config.finalNormEps), finalScale(g, timeEmbedding, dim));
    return linear(g, scaled, "linear", patchDim, { bias: true }); // [B, S, patchDim]
  });
  return cast(g, tokens, "float32");
}
