import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { mul, sub } from "../../graph/ops/arithmetic.ts";
import { reduceSum } from "../../graph/ops/reduction.ts";
import { splitSizes } from "../../graph/ops/shape.ts";
import type { Value } from "../../graph/value.ts";
import { floatFeed } from "../../networks/open-session.ts";
import { batchSizes } from "../../networks/transformer/transformer-feeds.ts";
import type { ItemTokens } from "../../networks/transformer/transformer-tokens.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";

/**
 * Mean squared error of the transformer's image tokens. The transformer is given time `1 − sigma` and points from noise
 * to image: at `x_t = (1 − sigma)·x0 + sigma·noise` its target is `x0 − noise`.
 *
 * Inputs added: `target` `[B, X, patchDim]`, and `target_weight` `[B, X, 1]`, which is 0 for filling and otherwise such
 * that all elements' weights add up to 1: `1 / (B · tokens of the item · patchDim)` for the mean over items of each
 * item's mean.
 * @param tokens - `[B, S, patchDim]`, X image tokens, then C of the caption
 * @returns `[]`
 */
export function flowMatchLoss(g: GraphBuilder, tokens: Value): Value {
  const [batch, , width] = tokens.dims;
  const target = g.input("target", "float32", [batch!, "X", width!]);
  const weight = g.input("target_weight", "float32", [batch!, "X", 1]);
  const [image] = splitSizes(g, tokens, 1, ["X", "C"]) as [Value, Value];
  const difference = sub(g, image, target);
  return reduceSum(g, mul(g, mul(g, difference, difference), weight), [0, 1, 2]);
}

/**
 * Feeds of `flowMatchLoss`, for the mean over items of each item's mean.
 * @param targets - `x0 − noise` of each item as patches, without filling
 */
export function flowMatchFeeds(
  items: readonly ItemTokens[],
  targets: readonly Float32Array[],
): Record<string, OnnxTensor> {
  const rows = batchSizes(items).image;
  const width = targets[0]!.length / items[0]!.image.count;
  const target = new Float32Array(items.length * rows * width);
  const weight = new Float32Array(items.length * rows);
  items.forEach(({ image: { count } }, item) => {
    target.set(targets[item]!, item * rows * width);
    weight.fill(1 / (items.length * count * width), item * rows, item * rows + count);
  });
  return {
    target: floatFeed(target, [items.length, rows, width]),
    target_weight: floatFeed(weight, [items.length, rows, 1]),
  };
}
