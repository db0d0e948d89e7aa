import { groupNorm } from "../blocks/group-norm.ts";
import { resnet } from "../blocks/resnet.ts";
import { vaeMiddle } from "../blocks/vae-middle.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { clip, silu } from "../ops/arithmetic.ts";
import { conv2d, downsampleConv2d } from "../ops/convolution.ts";
import { split } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import type { VaeConfig } from "./z-image-config.ts";

/**
 * Encoder half of AutoencoderKL as a graph of its own. Input `image` `[1, 3, 8h, 8w]` in −1..1; outputs `mean` and
 * `logvar` `[1, latentChannels, h, w]`, log-variance limited to −30..20.
 */
export function buildVaeEncoder(g: GraphBuilder, config: VaeConfig): void {
  const image = g.input("image", "float32", [1, config.imageChannels, "8*h", "8*w"]);
  const { mean, logvar } = vaeEncoder(g, image, config);
  g.output("mean", mean);
  g.output("logvar", logvar);
}

/**
 * @param image - `[N, 3, 8h, 8w]` in −1..1
 * @returns both `[N, latentChannels, h, w]`, log-variance limited to −30..20
 * @see diffusers `models/autoencoders/vae.py`, `Encoder` and `DiagonalGaussianDistribution`
 */
export function vaeEncoder(g: GraphBuilder, image: Value, config: VaeConfig): { mean: Value; logvar: Value } {
  const { norm, blockOutChannels: channels } = config;
  return g.scope("encoder", () => {
    let x = conv2d(g, image, "conv_in", channels[0]!, 3);
    channels.forEach((out, block) => {
      g.scope(`down_blocks.${block}`, () => {
        for (let layer = 0; layer < config.layersPerBlock; layer++) {
          x = g.scope(`resnets.${layer}`, () => resnet(g, x, out, norm));
        }
        if (block < channels.length - 1) x = downsampleConv2d(g, x, "downsamplers.0.conv");
      });
    });
    x = silu(g, groupNorm(g, vaeMiddle(g, x, norm), "conv_norm_out", norm));
    const moments = conv2d(g, x, "conv_out", 2 * config.latentChannels, 3); // [N, 2 · latentChannels, h, w]
    const [mean, logvar] = split(g, moments, 1, 2) as [Value, Value];
    return { mean, logvar: clip(g, logvar, -30, 20) };
  });
}
