import type { GraphBuilder } from "../graph-builder.ts";
import type { Value } from "../value.ts";
import { imageAttention } from "./image-attention.ts";
import { type GroupNormConfig, resnet } from "./resnet.ts";

/** Resnet, attention, resnet at the lowest resolution. @param x - `[N, C, h, w]` @see diffusers `UNetMidBlock2D` */
export function vaeMiddle(g: GraphBuilder, x: Value, norm: GroupNormConfig): Value {
  const channels = x.dims[1] as number;
  return g.scope("mid_block", () => {
    const first = g.scope("resnets.0", () => resnet(g, x, channels, norm));
    const attended = g.scope("attentions.0", () => imageAttention(g, first, norm));
    return g.scope("resnets.1", () => resnet(g, attended, channels, norm));
  });
}
