import type { GraphBuilder } from "../graph-builder.ts";
import { mul, silu } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import type { Value } from "../value.ts";

export interface FeedForwardNames {
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

/** `down( silu(gate x) · up x )` without biases. @param x - `[..., D]` @returns `[..., D]` */
export function feedForward(g: GraphBuilder, x: Value, { gate, up, down }: FeedForwardNames, hidden: number): Value {
  const gated = mul(g, silu(g, linear(g, x, gate, hidden)), linear(g, x, up, hidden)); // [..., hidden]
  return linear(g, gated, down, x.dims.at(-1) as number);
}
