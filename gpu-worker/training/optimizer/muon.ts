import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, div, mul, plus, sqrt, sub, times } from "../../graph/ops/arithmetic.ts";
import { gemm } from "../../graph/ops/linear.ts";
import { sumOfSquares } from "../../graph/ops/reduction.ts";
import { transpose } from "../../graph/ops/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { Optimizer } from "./optimizer.ts";

export interface MuonOptions {
  /** @default 0.95 */
  readonly momentum?: number;
  /** @default 0.01 */
  readonly weightDecay?: number;
  /** @default 5 */
  readonly iterations?: number;
  /** Factor on the learning rate of the step. @default 1 */
  readonly learningRateScale?: number;
}

/**
 * Momentum made orthogonal, for matrices alone: with Nesterov momentum u, `p ← p·(1 − lr·wd) − lr · 0.2·√max(rows,
 * columns) · orthogonalize(u)`. The factor gives the update the size that AdamW's has, so that both can share a
 * learning rate.
 * @see PyTorch `torch/optim/_muon.py` with `adjust_lr_fn="match_rms_adamw"`
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const { momentum = 0.95, weightDecay = 0.01, iterations = 5, learningRateScale = 1 } = options;
  return {
    stateNames: ["momentum"],
    prepare(g, { learningRate }) {
      const rate = times(g, learningRate, learningRateScale);
      const kept = plus(g, times(g, rate, -weightDecay), 1);
      return ({ parameter, gradient, state: [old] }) => {
        const average = mix(g, old!, gradient, 1 - momentum);
        const update = orthogonalize(g, mix(g, gradient, average, momentum), iterations);
        const [rows, columns] = parameter.dims as readonly [number, number];
        const change = mul(g, times(g, rate, 0.2 * Math.sqrt(Math.max(rows, columns))), update);
        return { parameter: sub(g, mul(g, parameter, kept), change), state: [average] };
      };
    },
  };
}

/** `a + weight · (b − a)` */
const mix = (g: GraphBuilder, a: Value, b: Value, weight: number) => add(g, a, times(g, sub(g, b, a), weight));

/**
 * The nearest matrix with orthonormal rows or columns, roughly: a quintic Newton–Schulz iteration whose coefficients
 * trade accuracy (singular values end between 0.7 and 1.2) for speed.
 * @param x - `[rows, columns]`
 * @see https://kellerjordan.github.io/posts/muon/
 */
export function orthogonalize(g: GraphBuilder, x: Value, iterations: number): Value {
  const [rows, columns] = x.dims as readonly [number, number];
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  // Always as a tall matrix: the gram of the shorter side is the smaller one, and Gemm takes `yᵀ y` up to five times as
  // fast as `y yᵀ`.
  const wide = rows < columns;
  const tall = wide ? transpose(g, x, [1, 0]) : x;
  let y = div(g, tall, plus(g, sqrt(g, sumOfSquares(g, x)), 1e-7));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gram = gemm(g, y, y, { transA: true });
    const correction = gemm(g, gram, gram, { c: gram, alpha: c, beta: b });
    y = gemm(g, y, correction, { c: y, beta: a });
  }
  return wide ? transpose(g, y, [1, 0]) : y;
}
