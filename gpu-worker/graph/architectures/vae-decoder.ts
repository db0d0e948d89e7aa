import { groupNorm } from "../blocks/group-norm.ts";
import { resnet } from "../blocks/resnet.ts";
import { vaeMiddle } from "../blocks/vae-middle.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { silu } from "../ops/arithmetic.ts";
import { conv2d, upsampleNearest2d } from "../ops/convolution.ts";
import type { Value } from "../value.ts";
import type { VaeConfig } from "./z-image-config.ts";

/**
 * Decoder half of AutoencoderKL as a graph of its own. Input `latents` `[1, latentChannels, h, w]`, unscaled; output
 * `image` `[1, 3, 8h, 8w]`, about −1..1.
 */
export function buildVaeDecoder(g: GraphBuilder, config: VaeConfig): void {
  g.output("image", vaeDecoder(g, g.input("latents", "float32", [1, config.latentChannels, "h", "w"]), config));
}

/**
 * @param latents - `[N, latentChannels, h, w]`, unscaled
 * @returns `[N, 3, 8h, 8w]`, about −1..1
 * @see diffusers `models/autoencoders/vae.py`, `Decoder`
 */
export function vaeDecoder(g: GraphBuilder, latents: Value, config: VaeConfig): Value {
  const { norm } = config;
  return g.scope("decoder", () => {
    const channels = config.blockOutChannels.toReversed();
    let x = vaeMiddle(g, conv2d(g, latents, "conv_in", channels[0]!, 3), norm);
    channels.forEach((out, block) => {
      g.scope(`up_blocks.${block}`, () => {
        for (let layer = 0; layer <= config.layersPerBlock; layer++) {
          x = g.scope(`resnets.${layer}`, () => resnet(g, x, out, norm)); // [N, out, 2^block · h, 2^block · w]
        }
        if (block < channels.length - 1) x = conv2d(g, upsampleNearest2d(g, x), "upsamplers.0.conv", out, 3);
      });
    });
    x = silu(g, groupNorm(g, x, "conv_norm_out", norm));
    return conv2d(g, x, "conv_out", config.imageChannels, 3);
  });
}
