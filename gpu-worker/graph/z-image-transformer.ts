import { finalScale } from "./blocks/modulation.ts";
import { rmsNorm } from "./blocks/rms-norm.ts";
import { frequencyWidth, timestepEmbedding } from "./blocks/timestep-embedding.ts";
import { type TransformerBlockInputs, transformerBlock } from "./blocks/transformer-block.ts";
import type { GraphBuilder, Value } from "./graph-builder.ts";
import { cast, mul, where } from "./ops/arithmetic.ts";
import { linear } from "./ops/linear.ts";
import { layerNormalization } from "./ops/normalization.ts";
import { concat } from "./ops/shape.ts";
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
  /** `[B, X]` and `[B, C]` int64: each token's row in the rotary tables. */
  readonly patchPositions: Value;
  readonly captionPositions: Value;
  /** `[B, X]` and `[B, C]` int32, 0 for rows that only make the items of a batch equally long; absent when there are none. */
  readonly masks?: { readonly patch: Value; readonly caption: Value } | undefined;
}

/**
 * S3-DiT as a graph of its own. B batch, X image tokens, C caption tokens, S = X + C, R rows of the rotary tables; all symbolic, so one session serves every size and length.
 *
 * Inputs (float32 unless said otherwise):
 * - `patches` `[B, X, patchDim]`, `caption` `[B, C, capFeatDim]`
 * - `patch_padding` `[B, X, 1]`, `caption_padding` `[B, C, 1]` bool: rows that the learned pad tokens replace
 * - `time_frequencies` `[B, 256]`
 * - `rotary_cos`, `rotary_sin` `[R, headDim/2]`; `patch_positions` `[B, X]`, `caption_positions` `[B, C]` int64: each token's row in them
 * - with `masked`: `patch_mask` `[B, X]`, `caption_mask` `[B, C]` int32, 0 for rows that only make the items of a batch equally long
 *
 * Output `final` `[B, S, patchDim]`: image tokens first; those of the caption mean nothing.
 */
export function buildTransformer(g: GraphBuilder, config: TransformerConfig, { masked }: { masked: boolean }): void {
  g.output("final", transformer(g, transformerInputs(g, config, { masked }), config));
}

/** Declare the inputs of `buildTransformer`, which `transformerFeeds` fills. @param options.caption - takes the place of that input */
export function transformerInputs(
  g: GraphBuilder,
  { capFeatDim, headDim, patchSize, inChannels }: TransformerConfig,
  { masked, caption }: { masked: boolean; caption?: Value },
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
    masks: masked
      ? { patch: g.input("patch_mask", "int32", ["B", "X"]), caption: g.input("caption_mask", "int32", ["B", "C"]) }
      : undefined,
  };
}

/**
 * Attention does not depend on the order of tokens, so the joint sequence of a mixed batch is `[image to batch maximum, caption to batch maximum]` and the mask
 * hides the filling in its middle; the reference moves each caption up to its image. Without a mask the runtime may choose flash attention.
 * @returns `[B, S, patchDim]` float32: image tokens first; those of the caption mean nothing
 * @see Z-Image `src/zimage/transformer.py`, `ZImageTransformer2DModel.forward`
 */
export function transformer(g: GraphBuilder, inputs: TransformerInputs, config: TransformerConfig): Value {
  const { dim, eps } = config;
  const { patches, caption, cos, sin, patchPositions, captionPositions, masks } = inputs;
  const patchDim = config.patchSize ** 2 * config.inChannels;

  const timeEmbedding = timestepEmbedding(g, cast(g, inputs.timeFrequencies, g.computeDtype), config.timeEmbeddingDim); // [B, A]
  g.probe("t_emb", timeEmbedding);

  const blocks = (name: string, count: number, x: Value, blockInputs: TransformerBlockInputs): Value =>
    g.scope(name, () => {
      let y = x;
      for (let layer = 0; layer < count; layer++) {
        y = g.scope(`${layer}`, () => transformerBlock(g, y, blockInputs, config));
        g.probe(`${layer}`, y);
      }
      return y;
    });

  const xEmbed = linear(g, cast(g, patches, g.computeDtype), "all_x_embedder.2-1", dim, { bias: true }); // [B, X, D]
  g.probe("x_embed", xEmbed);
  const image = blocks(
    "noise_refiner",
    config.refinerLayers,
    replacePadding(g, xEmbed, inputs.patchPadding, "x_pad_token"),
    {
      rotary: { cos, sin, positions: patchPositions },
      keyMask: masks?.patch,
      timeEmbedding,
    },
  );

  const captionNormed = g.scope("cap_embedder", () => rmsNorm(g, cast(g, caption, g.computeDtype), "0", eps));
  const capEmbed = linear(g, captionNormed, "cap_embedder.1", dim, { bias: true }); // [B, C, D]
  g.probe("cap_embed", capEmbed);
  const text = blocks(
    "context_refiner",
    config.refinerLayers,
    replacePadding(g, capEmbed, inputs.captionPadding, "cap_pad_token"),
    {
      rotary: { cos, sin, positions: captionPositions },
      keyMask: masks?.caption,
    },
  );

  const unified = concat(g, [image, text], 1, "S"); // [B, S, D]
  g.probe("unified_in", unified);
  const out = blocks("layers", config.layers, unified, {
    rotary: { cos, sin, positions: concat(g, [patchPositions, captionPositions], 1, "S") },
    keyMask: masks && concat(g, [masks.patch, masks.caption], 1, "S"),
    timeEmbedding,
  });

  const tokens = g.scope("all_final_layer.2-1", () => {
    const scaled = mul(g, layerNormalization(g, out, config.finalNormEps), finalScale(g, timeEmbedding, dim));
    return linear(g, scaled, "linear", patchDim, { bias: true }); // [B, S, patchDim]
  });
  return cast(g, tokens, "float32");
}

/** Rows marked in `padding` become the learned vector `name`. @param x - `[B, S, D]` @param padding - `[B, S, 1]` bool */
function replacePadding(g: GraphBuilder, x: Value, padding: Value, name: string): Value {
  return where(g, padding, g.weight(name, [1, x.dims[2] as number]), x);
}
