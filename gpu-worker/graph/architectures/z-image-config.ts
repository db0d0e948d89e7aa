import { z } from "zod";

/**
 * What the graphs need of each component's `config.json`. Values that the released models share and the graphs take for
 * granted are checked, so that another architecture is refused by name instead of drawn wrongly.
 */

const positive = z.int().positive().max(1_000_000);

const transformerFile = z
  .looseObject({
    all_patch_size: z.tuple([z.literal(2)]),
    all_f_patch_size: z.tuple([z.literal(1)]),
    in_channels: positive,
    dim: positive,
    n_layers: positive,
    n_refiner_layers: z.int().nonnegative(),
    n_heads: positive,
    norm_eps: z.number().positive(),
    qk_norm: z.literal(true),
    cap_feat_dim: positive,
    rope_theta: z.number().positive(),
    t_scale: z.number().positive(),
    axes_dims: z.tuple([positive, positive, positive]),
    axes_lens: z.tuple([positive, positive, positive]),
    siglip_feat_dim: positive.nullish(),
  })
  .refine(({ axes_dims }) => axes_dims.every((dim) => dim % 2 === 0), {
    path: ["axes_dims"],
    error: "rotary axes must be even",
  })
  .refine(({ dim, n_heads, axes_dims }) => dim === n_heads * axes_dims.reduce((sum, axis) => sum + axis), {
    path: ["dim"],
    error: "must be n_heads times the sum of axes_dims",
  });

export const transformerConfig = transformerFile.transform((file) => ({
  patchSize: 2,
  inChannels: file.in_channels,
  dim: file.dim,
  layers: file.n_layers,
  refinerLayers: file.n_refiner_layers,
  heads: file.n_heads,
  headDim: file.dim / file.n_heads,
  feedForwardHidden: Math.floor((file.dim / 3) * 8),
  eps: file.norm_eps,
  finalNormEps: 1e-6, // fixed in the reference's FinalLayer, not in the file
  capFeatDim: file.cap_feat_dim,
  timeEmbeddingDim: Math.min(file.dim, 256),
  timeScale: file.t_scale,
  ropeTheta: file.rope_theta,
  axesDims: file.axes_dims as readonly [number, number, number],
  axesLens: file.axes_lens as readonly [number, number, number],
  /** Width of the vision features that the Omni architecture reads; absent in the others. */
  siglipFeatDim: file.siglip_feat_dim || undefined,
}));
export type TransformerConfig = z.output<typeof transformerConfig>;

const textEncoderFile = z
  .looseObject({
    model_type: z.literal("qwen3"),
    hidden_size: positive,
    num_hidden_layers: z.int().min(2),
    num_attention_heads: positive,
    num_key_value_heads: positive,
    head_dim: z.int().positive().multipleOf(2),
    intermediate_size: positive,
    hidden_act: z.literal("silu"),
    rms_norm_eps: z.number().positive(),
    rope_theta: z.number().positive(),
    rope_scaling: z.null().optional(),
    attention_bias: z.literal(false),
    use_sliding_window: z.literal(false).optional(),
    max_position_embeddings: positive,
    vocab_size: positive,
  })
  .refine((file) => file.num_attention_heads % file.num_key_value_heads === 0, {
    path: ["num_key_value_heads"],
    error: "must divide num_attention_heads",
  });

export const textEncoderConfig = textEncoderFile.transform((file) => ({
  hiddenSize: file.hidden_size,
  layers: file.num_hidden_layers,
  heads: file.num_attention_heads,
  keyValueHeads: file.num_key_value_heads,
  headDim: file.head_dim,
  intermediateSize: file.intermediate_size,
  eps: file.rms_norm_eps,
  ropeTheta: file.rope_theta,
  maxPositions: file.max_position_embeddings,
  vocabSize: file.vocab_size,
}));
export type TextEncoderConfig = z.output<typeof textEncoderConfig>;

const fourBlocks = (name: string) => z.array(z.literal(name)).length(4);

const vaeFile = z
  .looseObject({
    in_channels: z.literal(3),
    out_channels: z.literal(3),
    latent_channels: positive,
    block_out_channels: z.tuple([positive, positive, positive, positive]),
    down_block_types: fourBlocks("DownEncoderBlock2D").optional(),
    up_block_types: fourBlocks("UpDecoderBlock2D").optional(),
    layers_per_block: positive,
    norm_num_groups: positive,
    act_fn: z.literal("silu"),
    mid_block_add_attention: z.literal(true),
    use_quant_conv: z.literal(false),
    use_post_quant_conv: z.literal(false),
    scaling_factor: z.number().positive(),
    shift_factor: z.number(),
    latents_mean: z.null().optional(),
    latents_std: z.null().optional(),
  })
  .refine((file) => file.block_out_channels.every((channels) => channels % file.norm_num_groups === 0), {
    path: ["block_out_channels"],
    error: "each must be a multiple of norm_num_groups",
  });

export const vaeConfig = vaeFile.transform((file) => ({
  imageChannels: 3,
  latentChannels: file.latent_channels,
  blockOutChannels: file.block_out_channels as readonly number[],
  layersPerBlock: file.layers_per_block,
  norm: { groups: file.norm_num_groups, eps: 1e-6 }, // eps is fixed in the reference, not in the file
  scalingFactor: file.scaling_factor,
  shiftFactor: file.shift_factor,
}));
export type VaeConfig = z.output<typeof vaeConfig>;
