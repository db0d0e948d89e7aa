import { expect, it } from "vitest";
import { optimizerUpdate } from "../../../test/support/engine/optimizer-update.ts";
import { adamW } from "./adamw.ts";

/** `torch/optim/adamw.py`, in float64. */
function referenceAdamW(step: number, p: number, g: number, m: number, v: number) {
  const [lr, beta1, beta2, eps, decay] = [0.01, 0.9, 0.999, 1e-8, 0.1];
  const moment1 = m + (g - m) * (1 - beta1);
  const moment2 = beta2 * v + (1 - beta2) * g * g;
  const denominator = Math.sqrt(moment2) / Math.sqrt(1 - beta2 ** step) + eps;
  return [p * (1 - lr * decay) - ((lr / (1 - beta1 ** step)) * moment1) / denominator, moment1, moment2];
}

it.each([1, 2, 10, 1000, 100_000])("AdamW takes step %d as the reference does", async (step) => {
  const parameter = [0.5, -2, 3, 0];
  const gradient = [0.1, -1e-5, 20, 0];
  const moment1 = step === 1 ? [0, 0, 0, 0] : [0.05, 1e-5, -1, 0];
  const moment2 = step === 1 ? [0, 0, 0, 0] : [0.02, 1e-9, 400, 0];
  const next = await optimizerUpdate(adamW({ weightDecay: 0.1 }), step, parameter, gradient, [moment1, moment2]);
  parameter.forEach((p, i) => {
    const [expected, m, v] = referenceAdamW(step, p, gradient[i]!, moment1[i]!, moment2[i]!) as [
      number,
      number,
      number,
    ];
    // Relative to the change, in which a wrong bias correction shows, but for the rounding of the parameter.
    const tolerance = 1e-5 * Math.abs(expected - p) + 2 ** -22 * Math.abs(p);
    expect(Math.abs(next.parameter[i]! - expected)).toBeLessThanOrEqual(tolerance);
    expect(next.state[0]![i]).toBeCloseTo(m, 6);
    expect(next.state[1]![i]! / (v || 1)).toBeCloseTo(v ? 1 : 0, 5);
  });
});

it("AdamW scales the learning rate of its group", async () => {
  const zeros = [[0], [0]];
  const { parameter } = await optimizerUpdate(adamW({ weightDecay: 0, learningRateScale: 2 }), 1, [1], [0.3], zeros);
  expect(parameter[0]).toBeCloseTo(1 - 0.02, 6); // the first step is the sign of the gradient
});
