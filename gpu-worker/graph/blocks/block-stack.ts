import type { GraphBuilder } from "../graph-builder.ts";
import { add, where } from "../ops/arithmetic.ts";
import type { Value } from "../value.ts";
import { type TransformerBlockConfig, type TransformerBlockInputs, transformerBlock } from "./transformer-block.ts";

/**
 * Blocks `name.0`, `name.1` … in a row.
 * @param hints - added to the output of the block of that number
 */
export function blockStack(
  g: GraphBuilder,
  name: string,
  count: number,
  x: Value,
  inputs: TransformerBlockInputs,
  config: TransformerBlockConfig,
  hints?: ReadonlyMap<number, Value>,
): Value {
  return g.scope(name, () => {
    let y = x;
    for (let layer = 0; layer < count; layer++) {
      y = g.scope(`${layer}`, () => transformerBlock(g, y, inputs, config));
      g.probe(`${layer}`, y);
      const hint = hints?.get(layer);
      if (hint) y = add(g, y, hint);
    }
    return y;
  });
}

/**
 * Rows marked in `padding` become the learned vector `name`.
 * @param x - `[B, S, D]`
 * @param padding - `[B, S, 1]` bool
 */
export function replacePadding(g: GraphBuilder, x: Value, padding: Value, name: string): Value {
  return where(g, padding, g.weight(name, [1, x.dims[2] as number]), x);
}
