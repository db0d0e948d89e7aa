import { z } from "zod";
import type { GraphBuilder } from "../graph-builder.ts";
import { add, cast, geluTanh } from "../ops/arithmetic.ts";
import { multiHeadAttention } from "../ops/attention.ts";
import { linear } from "../ops/linear.ts";
import { affineLayerNormalization } from "../ops/normalization.ts";
import type { Value } from "../value.ts";

const positive = z.int().positive().max(1_000_000);

const visionFile = z
  .looseObject({
    model_type: z.enum(["siglip2_vision_model", "siglip2"]).optional(),
    hidden_size: positive,
    intermediate_size: positive,
    num_hidden_layers: positive,
    num_attention_heads: positive,
    num_channels: z.literal(3).default(3),
    num_patches: positive.refine((count) => Number.isInteger(Math.sqrt(count)), "must be a square"),
    patch_size: positive,
    layer_norm_eps: z.number().positive(),
    hidden_act: z.literal("gelu_pytorch_tanh"),
  })
  .refine((file) => file.hidden_size % file.num_attention_heads === 0, {
    path: ["num_attention_heads"],
    error: "must divide hidden_size",
  });

/** What `siglip/config.json` says. */
export const visionConfig = visionFile.transform((file) => ({
  hiddenSize: file.hidden_size,
  intermediateSize: file.intermediate_size,
  layers: file.num_hidden_layers,
  heads: file.num_attention_heads,
  patchSize: file.patch_size,
  /** Side of the square of learned positions. */
  positionSide: Math.sqrt(file.num_patches),
  eps: file.layer_norm_eps,
}));
export type VisionConfig = z.output<typeof visionConfig>;

/** The learned positions. They are never in a graph: they are resized to each image's own grid first. */
export function positionTable({ positionSide, hiddenSize }: VisionConfig): {
  name: string;
  dims: readonly [number, number];
} {
  return { name: "embeddings.position_embedding.weight", dims: [positionSide ** 2, hiddenSize] };
}

/**
 * SigLIP-2's vision tower without its pooling head. Inputs `patches` `[1, P, 3 · patchSize²]` in −1..1 and `positions`
 * `[1, P, D]` float32, P patches, symbolic; output `features` `[1, P, D]` float32.
 * @see transformers `models/siglip2/modeling_siglip2.py`, `Siglip2VisionTransformer`
 */
export function buildVisionEncoder(g: GraphBuilder, config: VisionConfig): void {
  const { hiddenSize, patchSize, layers, eps } = config;
  const patches = g.input("patches", "float32", [1, "P", 3 * patchSize ** 2]);
  const positions = g.input("positions", "float32", [1, "P", hiddenSize]);
  const embedded = linear(g, cast(g, patches, g.computeDtype), "embeddings.patch_embedding", hiddenSize, {
    bias: true,
  });
  let x = add(g, embedded, cast(g, positions, g.computeDtype));
  for (let layer = 0; layer < layers; layer++) {
    x = g.scope(`encoder.layers.${layer}`, () => encoderLayer(g, x, config));
  }
  g.output("features", cast(g, affineLayerNormalization(g, x, "post_layernorm", eps), "float32"));
}

/** @param x - `[1, P, D]` */
function encoderLayer(g: GraphBuilder, x: Value, { hiddenSize, intermediateSize, heads, eps }: VisionConfig): Value {
  const normed = affineLayerNormalization(g, x, "layer_norm1", eps);
  const attended = g.scope("self_attn", () => {
    const project = (value: Value, name: string) => linear(g, value, name, hiddenSize, { bias: true });
    const [q, k, v] = [project(normed, "q_proj"), project(normed, "k_proj"), project(normed, "v_proj")];
    return add(g, x, project(multiHeadAttention(g, q, k, v, { heads }), "out_proj"));
  });
  const normed2 = affineLayerNormalization(g, attended, "layer_norm2", eps);
  return g.scope("mlp", () => {
    const hidden = geluTanh(g, linear(g, normed2, "fc1", intermediateSize, { bias: true }));
    return add(g, attended, linear(g, hidden, "fc2", hiddenSize, { bias: true }));
  });
}
