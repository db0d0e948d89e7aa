import { productOf } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { add } from "../ops/arithmetic.ts";
import { multiHeadAttention } from "../ops/attention.ts";
import { linear } from "../ops/linear.ts";
import { reshape, transpose } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import { groupNorm } from "./group-norm.ts";
import type { GroupNormConfig } from "./resnet.ts";

/**
 * Every pixel attends to every pixel, in one head over all channels, added to the input.
 * @param x - `[N, C, h, w]`
 * @see diffusers `models/attention_processor.py`, `Attention` with `residual_connection`
 */
export function imageAttention(g: GraphBuilder, x: Value, norm: GroupNormConfig): Value {
  const [n, channels, h, w] = x.dims as [Value["dims"][number], number, Value["dims"][number], Value["dims"][number]];
  const flat = reshape(g, groupNorm(g, x, "group_norm", norm), [n, channels, productOf([h, w])]);
  const pixels = transpose(g, flat, [0, 2, 1]); // [N, h·w, C]
  const project = (value: Value, name: string) => linear(g, value, name, channels, { bias: true });
  const mixed = multiHeadAttention(g, project(pixels, "to_q"), project(pixels, "to_k"), project(pixels, "to_v"), {
    heads: 1,
  });
  const out = transpose(g, project(mixed, "to_out.0"), [0, 2, 1]); // [N, C, h·w]
  return add(g, x, reshape(g, out, x.dims));
}
