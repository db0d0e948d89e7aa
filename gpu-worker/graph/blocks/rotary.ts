import type { GraphBuilder } from "../graph-builder.ts";
import { cast } from "../ops/arithmetic.ts";
import { type Rotary, rotaryEmbedding } from "../ops/attention.ts";
import type { FloatDtype, Value } from "../value.ts";

/**
 * Rotary position embedding in float32, whatever the dtype of `x`: in bfloat16 the tables themselves would be rounded.
 */
export function applyRotary(
  g: GraphBuilder,
  x: Value,
  rotary: Rotary,
  { interleaved }: { interleaved: boolean },
): Value {
  return cast(g, rotaryEmbedding(g, cast(g, x, "float32"), rotary, interleaved), x.dtype as FloatDtype);
}
