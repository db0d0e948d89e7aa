import { productOf, show } from "../dims.ts";
import type { GraphBuilder, Value } from "../graph-builder.ts";
import { reshape } from "./shape.ts";

/**
 * `x Wᵀ + b` with the checkpoint's `name.weight` `[out, in]` and, with `bias`, `name.bias` `[out]`, plus the low-rank branches that the weight source has
 * for this layer. The weight goes into Gemm as it is stored: a transpose or cast before it would be folded into a second copy at load.
 *
 * @param x - `[..., in]`
 * @returns `[..., out]`
 */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  out: number,
  { bias = false }: { bias?: boolean } = {},
): Value {
  const features = x.dims.at(-1);
  if (typeof features !== "number")
    throw new Error(`linear layer ${g.qualify(name)} needs a fixed last axis, got ${show(x.dims)}`);
  const rows = reshape(g, x, [productOf(x.dims.slice(0, -1)), features]);
  const weight = g.weight(`${name}.weight`, [out, features]);
  let y = gemm(g, rows, weight, bias ? g.weight(`${name}.bias`, [out]) : undefined);
  for (const branch of g.lowRankBranches(g.qualify(name))) {
    const [rank = 0] = branch.down.shape;
    const down = g.externalWeight(`${branch.name} down`, branch.down, [rank, features]);
    const up = g.externalWeight(`${branch.name} up`, branch.up, [out, rank]);
    y = gemm(g, gemm(g, rows, down), up, y, branch.scale);
  }
  return reshape(g, y, [...x.dims.slice(0, -1), out]);
}

/** `scale · a Bᵀ + c`. @param a - `[M, K]` @param b - `[N, K]` @param c - broadcast to `[M, N]` */
function gemm(g: GraphBuilder, a: Value, b: Value, c?: Value, scale = 1): Value {
  if (a.dims[1] !== b.dims[1] || a.dtype !== b.dtype) {
    throw new Error(`Gemm in ${g.scopeName}: ${a.dtype} ${show(a.dims)} times ${b.dtype} ${show(b.dims)} transposed`);
  }
  const inputs = c ? [a, b, c] : [a, b];
  return g.node1("Gemm", { inputs, attributes: { transB: 1n, alpha: scale } }, a.dtype, [a.dims[0]!, b.dims[0]!]);
}
