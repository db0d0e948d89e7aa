import { expect, it } from "vitest";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { gemm } from "../../graph/ops/linear.ts";
import type { Value } from "../../graph/value.ts";
import { adamW } from "./adamw.ts";
import { muon, orthogonalize } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";

/** One update in the graph. */
async function update(optimizer: Optimizer, step: number, parameter: number[], gradient: number[], state: number[][]) {
  const dims = [parameter.length, 1];
  const outputs = await runGraph(
    (g) => {
      const input = (name: string, of: readonly number[] = dims): Value => g.input(name, "float32", of);
      const scalars = { step: input("step", []), learningRate: input("learning_rate", []) };
      const next = optimizer.prepare(
        g,
        scalars,
      )({
        parameter: input("parameter"),
        gradient: input("gradient"),
        state: optimizer.stateNames.map((name) => input(name)),
      });
      g.output("next parameter", next.parameter);
      next.state.forEach((value, index) => {
        g.output(`next ${optimizer.stateNames[index]}`, value);
      });
    },
    {
      step: feed([], [step]),
      learning_rate: feed([], [0.01]),
      parameter: feed(dims, parameter),
      gradient: feed(dims, gradient),
      ...Object.fromEntries(optimizer.stateNames.map((name, index) => [name, feed(dims, state[index]!)])),
    },
  );
  return {
    parameter: outputs["next parameter"]!,
    state: optimizer.stateNames.map((name) => outputs[`next ${name}`]!),
  };
}

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
  const next = await update(adamW({ weightDecay: 0.1 }), step, parameter, gradient, [moment1, moment2]);
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
  const { parameter } = await update(adamW({ weightDecay: 0, learningRateScale: 2 }), 1, [1], [0.3], zeros);
  expect(parameter[0]).toBeCloseTo(1 - 0.02, 6); // the first step is the sign of the gradient
});

it("Muon mixes momentum in Nesterov's way and scales by the longer side", async () => {
  // Orthogonalizing a single column keeps its direction and makes its length 0.7 to 1.2.
  const [parameter, gradient, momentum] = [
    [1, 1, 1, 1],
    [2, 0, 0, 0],
    [0, 2, 0, 0],
  ];
  const next = await update(muon(), 7, parameter, gradient, [momentum]);
  expect(next.state[0]!.map((value) => Number(value.toFixed(6)))).toEqual([0.1, 1.9, 0, 0]);
  const change = next.parameter.map((value) => (1 * (1 - 0.01 * 0.01) - value) / (0.01 * 0.2 * 2));
  const nesterov = [2 * 0.05 + 0.1 * 0.95, 1.9 * 0.95];
  expect(change[0]! / change[1]!).toBeCloseTo(nesterov[0]! / nesterov[1]!, 3);
  const length = Math.hypot(...change);
  expect(length).toBeGreaterThan(0.65);
  expect(length).toBeLessThan(1.25);
  expect(change[2]).toBeCloseTo(0, 3);
});

it.each([
  [8, 5],
  [5, 8],
  [6, 6],
])("orthogonalizes a %d × %d matrix", async (rows, columns) => {
  const random = seededRandom(rows);
  const values = Array.from({ length: rows * columns }, () => random() - 0.5);
  const outputs = await runGraph(
    (g) => {
      const y = orthogonalize(g, g.input("x", "float32", [rows, columns]), 5);
      g.output("gram", gemm(g, y, y, rows > columns ? { transA: true } : { transB: true }));
    },
    { x: feed([rows, columns], values) },
  );
  const size = Math.min(rows, columns);
  outputs.gram!.forEach((value, i) => {
    const onDiagonal = Math.floor(i / size) === i % size;
    if (onDiagonal) expect(value).toBeGreaterThan(0.4);
    expect(Math.abs(value)).toBeLessThan(onDiagonal ? 1.5 : 0.5);
  });
});
