import { vaeDecoder } from "../../graph/architectures/vae-decoder.ts";
import { vaeEncoder } from "../../graph/architectures/vae-encoder.ts";
import type { VaeConfig } from "../../graph/architectures/z-image-config.ts";
import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { abs, add, exp, mul, plus, sub, times } from "../../graph/ops/arithmetic.ts";
import { reduceMean } from "../../graph/ops/reduction.ts";
import { splitSizes } from "../../graph/ops/shape.ts";
import type { Value } from "../../graph/value.ts";

/** Images of one batch: all square, one size. */
export interface VaeBatchShape {
  readonly batchSize: number;
  /** Pixels, a multiple of 8. */
  readonly side: number;
}

/**
 * Reconstruction loss of AutoencoderKL: encode, draw from the posterior, decode, then `L1 + MSE + 0.5 · (L1 of
 * horizontal and vertical differences) + kl_weight · KL`. The differences keep edges sharp where L1 and MSE are content
 * with a blur.
 *
 * Inputs added: `image` `[N, 3, side, side]` in −1..1, `noise` `[N, latentChannels, side/8, side/8]` standard normal,
 * `kl_weight` `[]`. Outputs added: `mse` `[]` and `kl` `[]`, in nats per latent element.
 * @returns the loss, `[]`
 */
export function vaeLoss(g: GraphBuilder, config: VaeConfig, { batchSize, side }: VaeBatchShape): Value {
  const image = g.input("image", "float32", [batchSize, config.imageChannels, side, side]);
  const { mean, logvar } = vaeEncoder(g, image, config);
  const noise = g.input("noise", "float32", mean.dims);
  const drawn = add(g, mean, mul(g, exp(g, times(g, logvar, 0.5)), noise));
  const error = sub(g, vaeDecoder(g, drawn, config), image); // [N, 3, side, side]

  const mse = meanOf(g, mul(g, error, error));
  const kl = klDivergence(g, mean, logvar);
  g.output("mse", mse);
  g.output("kl", kl);
  const edges = add(g, meanOf(g, abs(g, differences(g, error, 2))), meanOf(g, abs(g, differences(g, error, 3))));
  const reconstruction = add(g, add(g, meanOf(g, abs(g, error)), mse), times(g, edges, 0.5));
  return add(g, reconstruction, mul(g, g.input("kl_weight", "float32", []), kl));
}

/** Mean over elements of `½(μ² + σ² − 1 − log σ²)`. */
function klDivergence(g: GraphBuilder, mean: Value, logvar: Value): Value {
  const variance = exp(g, logvar);
  return times(g, meanOf(g, sub(g, plus(g, add(g, mul(g, mean, mean), variance), -1), logvar)), 0.5);
}

const meanOf = (g: GraphBuilder, x: Value) =>
  reduceMean(
    g,
    x,
    x.dims.map((_, axis) => axis),
  );

/** Each element of `axis` less the one before it. */
function differences(g: GraphBuilder, x: Value, axis: number): Value {
  const size = x.dims[axis] as number;
  const [, later] = splitSizes(g, x, axis, [1, size - 1]) as [Value, Value];
  const [earlier] = splitSizes(g, x, axis, [size - 1, 1]) as [Value, Value];
  return sub(g, later, earlier);
}
