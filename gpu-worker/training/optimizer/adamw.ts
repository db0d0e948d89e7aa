import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, div, exp, mul, neg, plus, sqrt, sub, tanh, times } from "../../graph/ops/arithmetic.ts";
import type { Value } from "../../graph/value.ts";
import type { Optimizer } from "./optimizer.ts";

export interface AdamWOptions {
  /** Decay of the averages of gradient and squared gradient. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number];
  /** @default 1e-8 */
  readonly eps?: number;
  /** Decoupled: takes `learning rate · weightDecay` of the parameter itself. @default 0.01 */
  readonly weightDecay?: number;
  /** Factor on the learning rate of the step. @default 1 */
  readonly learningRateScale?: number;
}

/**
 * AdamW with bias correction:
 * `p ← p·(1 − lr·wd) − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps)`.
 * @see PyTorch `torch/optim/adamw.py`; the defaults are its own
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0.01, learningRateScale = 1 } = options;
  const [beta1, beta2] = betas;
  return {
    stateNames: ["moment1", "moment2"],
    prepare(g, { learningRate, step }) {
      const rate = times(g, learningRate, learningRateScale);
      const kept = plus(g, times(g, rate, -weightDecay), 1);
      const stepSize = div(g, rate, oneLessPower(g, beta1, step));
      const root = sqrt(g, oneLessPower(g, beta2, step));
      return ({ parameter, gradient, state: [oldMoment1, oldMoment2] }) => {
        const moment1 = add(g, oldMoment1!, times(g, sub(g, gradient, oldMoment1!), 1 - beta1));
        const moment2 = add(g, times(g, oldMoment2!, beta2), times(g, mul(g, gradient, gradient), 1 - beta2));
        const denominator = plus(g, div(g, sqrt(g, moment2), root), eps);
        const change = mul(g, stepSize, div(g, moment1, denominator));
        return { parameter: sub(g, mul(g, parameter, kept), change), state: [moment1, moment2] };
      };
    },
  };
}

/**
 * `1 − betaᵗ`. As `1 − eᶻ = tanh(−z/2) · (1 + eᶻ)`, because in float32 the difference itself loses half its digits at
 * the first steps, where `betaᵗ` is near 1.
 */
function oneLessPower(g: GraphBuilder, beta: number, step: Value): Value {
  const z = times(g, step, Math.log(beta));
  return mul(g, tanh(g, times(g, neg(g, z), 0.5)), plus(g, exp(g, z), 1));
}
