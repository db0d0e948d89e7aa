import { feedForward } from "../blocks/feed-forward.ts";
import { rmsNorm, rmsNormPerHead } from "../blocks/rms-norm.ts";
import { applyRotary } from "../blocks/rotary.ts";
import type { Dim } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { add, cast } from "../ops/arithmetic.ts";
import { multiHeadAttention, type Rotary } from "../ops/attention.ts";
import { linear } from "../ops/linear.ts";
import { gather, reshape } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import type { TextEncoderConfig } from "./z-image-config.ts";

/** The token table. It is never in a graph: the rows of a prompt are read from the checkpoint file. */
export function embeddingTable(config: TextEncoderConfig): { name: string; dims: readonly [number, number] } {
  return { name: "model.embed_tokens.weight", dims: [config.vocabSize, config.hiddenSize] };
}

/**
 * Qwen3 without its token table. T tokens, D hidden size, symbolic in T.
 *
 * Inputs: `inputs_embeds` `[1, T, D]`, `rotary_cos` and `rotary_sin` `[T, headDim/2]` float32, `positions` `[1, T]`
 * int64 (rows of the tables).
 *
 * Output `hidden_states.i` `[1, T, D]` float32: i = 0 the embeddings, i the output of layer i − 1, and after the last
 * layer the final norm. By default only `hidden_states.(layers − 1)`, the one that conditions the transformer; the last
 * layer and the final norm are then not built.
 *
 * @see transformers `models/qwen3/modeling_qwen3.py`, `Qwen3Model`
 */
export function buildTextEncoder(g: GraphBuilder, config: TextEncoderConfig, { allHiddenStates = false } = {}): void {
  const { hiddenSize, headDim, layers, eps } = config;
  const embeds = g.input("inputs_embeds", "float32", [1, "T", hiddenSize]);
  const rotary: Rotary = {
    cos: g.input("rotary_cos", "float32", ["T", headDim / 2]),
    sin: g.input("rotary_sin", "float32", ["T", headDim / 2]),
    positions: g.input("positions", "int64", [1, "T"]),
  };
  const embedded = cast(g, embeds, g.computeDtype);
  const emit = (index: number, hidden: Value) => g.output(`hidden_states.${index}`, cast(g, hidden, "float32"));
  if (!allHiddenStates) {
    emit(layers - 1, textEncoder(g, embedded, rotary, config));
    return;
  }
  emit(0, embedded);
  const last = decoderLayers(g, embedded, rotary, config, layers, (index, hidden) => {
    if (index < layers) emit(index, hidden);
  });
  emit(
    layers,
    g.scope("model", () => rmsNorm(g, last, "norm", eps)),
  );
}

/**
 * What conditions the transformer: the output of the last layer but one. Without a mask: being causal, no token sees
 * the filling after it.
 * @param embeds - `[B, T, D]` rows of the token table
 * @returns `[B, T, D]`
 */
export function textEncoder(g: GraphBuilder, embeds: Value, rotary: Rotary, config: TextEncoderConfig): Value {
  return decoderLayers(g, embeds, rotary, config, config.layers - 1);
}

function decoderLayers(
  g: GraphBuilder,
  x: Value,
  rotary: Rotary,
  config: TextEncoderConfig,
  count: number,
  visit: (index: number, hidden: Value) => void = () => {},
): Value {
  return g.scope("model", () => {
    let hidden = x;
    for (let layer = 0; layer < count; layer++) {
      hidden = g.scope(`layers.${layer}`, () => decoderLayer(g, hidden, rotary, config));
      visit(layer + 1, hidden);
    }
    return hidden;
  });
}

/** @param x - `[B, T, D]` */
function decoderLayer(g: GraphBuilder, x: Value, rotary: Rotary, config: TextEncoderConfig): Value {
  const attended = add(g, x, selfAttention(g, rmsNorm(g, x, "input_layernorm", config.eps), rotary, config));
  const normed = rmsNorm(g, attended, "post_attention_layernorm", config.eps);
  const names = { gate: "gate_proj", up: "up_proj", down: "down_proj" };
  return add(
    g,
    attended,
    g.scope("mlp", () => feedForward(g, normed, names, config.intermediateSize)),
  );
}

/** Causal attention in which groups of query heads share a key and value head. @param x - `[B, T, D]` */
function selfAttention(g: GraphBuilder, x: Value, rotary: Rotary, config: TextEncoderConfig): Value {
  const { heads, keyValueHeads, headDim, eps } = config;
  return g.scope("self_attn", () => {
    const q = rmsNormPerHead(g, linear(g, x, "q_proj", heads * headDim), "q_norm", { headDim, eps });
    const k = rmsNormPerHead(g, linear(g, x, "k_proj", keyValueHeads * headDim), "k_norm", { headDim, eps });
    const v = linear(g, x, "v_proj", keyValueHeads * headDim);
    const rotatedKeys = applyRotary(g, k, rotary, { interleaved: false });
    const mixed = multiHeadAttention(
      g,
      applyRotary(g, q, rotary, { interleaved: false }),
      repeatHeads(g, rotatedKeys, config),
      repeatHeads(g, v, config),
      { heads, causal: true },
    ); // [1, T, heads · headDim]
    return linear(g, mixed, "o_proj", config.hiddenSize);
  });
}

/**
 * Each key or value head for every query head of its group, neighbours first: 0 0 0 0 1 1 1 1 …
 * @param x - `[1, T, keyValueHeads · headDim]`
 */
function repeatHeads(g: GraphBuilder, x: Value, { heads, keyValueHeads, headDim }: TextEncoderConfig): Value {
  if (heads === keyValueHeads) return x;
  const outer: readonly Dim[] = x.dims.slice(0, 2);
  const indices = Array.from({ length: heads }, (_, head) => Math.floor(head / (heads / keyValueHeads)));
  const repeated = gather(g, reshape(g, x, [...outer, keyValueHeads, headDim]), 2, indices); // [1, T, heads, headDim]
  return reshape(g, repeated, [...outer, heads * headDim]);
}
