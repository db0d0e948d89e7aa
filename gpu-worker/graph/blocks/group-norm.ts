import { productOf } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { instanceNormalization } from "../ops/normalization.ts";
import { reshape } from "../ops/shape.ts";
import type { Value } from "../value.ts";

/**
 * Group norm with the checkpoint's `name.weight` and `name.bias`: mean and variance over each of `groups` runs of
 * channels. Written as instance norm over `[N, groups, rest]`, because GroupNormalization has no kernel for CUDA or
 * WebGPU.
 * @param x - `[N, C, h, w]`
 */
export function groupNorm(
  g: GraphBuilder,
  x: Value,
  name: string,
  { groups, eps }: { groups: number; eps: number },
): Value {
  const channels = x.dims[1] as number;
  const grouped = reshape(g, x, [x.dims[0]!, groups, productOf([channels / groups, ...x.dims.slice(2)])]);
  const normed = reshape(g, instanceNormalization(g, grouped, eps), x.dims);
  const perChannel = [channels, 1, 1];
  const scaled = mul(g, normed, g.weight(`${name}.weight`, [channels], perChannel));
  return add(g, scaled, g.weight(`${name}.bias`, [channels], perChannel));
}
