import type { GraphBuilder } from "../graph-builder.ts";
import { add, silu } from "../ops/arithmetic.ts";
import { conv2d } from "../ops/convolution.ts";
import type { Value } from "../value.ts";
import { groupNorm } from "./group-norm.ts";

export interface GroupNormConfig {
  readonly groups: number;
  readonly eps: number;
}

/**
 * Two times norm, SiLU, 3×3 convolution, added to the input; a 1×1 convolution fits the input when the channels change.
 * @param x - `[N, C, h, w]`
 * @returns `[N, out, h, w]`
 * @see diffusers `models/resnet.py`, `ResnetBlock2D`
 */
export function resnet(g: GraphBuilder, x: Value, out: number, norm: GroupNormConfig): Value {
  const hidden = conv2d(g, silu(g, groupNorm(g, x, "norm1", norm)), "conv1", out, 3);
  const residual = conv2d(g, silu(g, groupNorm(g, hidden, "norm2", norm)), "conv2", out, 3);
  const shortcut = x.dims[1] === out ? x : conv2d(g, x, "conv_shortcut", out, 1);
  return add(g, shortcut, residual);
}
