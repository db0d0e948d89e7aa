import { expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runtime } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, mul, tanh, times } from "../../graph/ops/arithmetic.ts";
import { sumOfSquares } from "../../graph/ops/reduction.ts";
import type { Value } from "../../graph/value.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { tensor } from "../../tensor.ts";
import { adamW } from "../optimizer/adamw.ts";
import { trainedWeights } from "../trained-weights.ts";
import { blockwiseStep } from "./blockwise-step.ts";
import { wholeStep } from "./whole-step.ts";

/**
 * Three blocks after one that learns nothing, `h0 = tanh(3x)`: `h1 = h0·w1`, `h2 = h1·w2`, `h3 = h2·w3 + h1 + h0`, and
 * the loss Σ h3²; with masks it is four times that. The gradient of h1 comes from two later blocks.
 */
function buildLoss(masked: boolean) {
  const g = new GraphBuilder({ weights: trainedWeights() });
  const block = (index: number, build: (weight: () => Value) => Value) =>
    g.scope(`layers.${index}`, () => build(() => g.weight("w", [2])));
  const x = g.input("x", "float32", [2]);
  const h0 = block(0, () => tanh(g, times(g, x, 3)));
  const h1 = block(1, (weight) => mul(g, h0, weight()));
  const h2 = block(2, (weight) => mul(g, h1, weight()));
  const h3 = block(3, (weight) => add(g, add(g, mul(g, h2, weight()), h1), h0));
  return { g, loss: sumOfSquares(g, masked ? times(g, h3, 2) : h3) };
}
const initial = (name: string, shape: readonly number[]) =>
  tensor(Float32Array.of(0.5, name.includes("2") ? -1 : 2), shape);

function open(weightBytes: number) {
  const adam = adamW();
  const options = { optimizerOf: () => adam, clipNorm: 1, ema: true };
  let sessions = 0;
  const counting: OnnxRuntime = {
    createSession(model, sessionOptions) {
      sessions++;
      return runtime.createSession(model, sessionOptions);
    },
  };
  const blocks = blockwiseStep(buildLoss, initial, counting, { ...options, weightBytes });
  const whole = wholeStep(buildLoss, initial, runtime, options);
  onTestFinished(async () => {
    for (const step of [blocks, whole]) await step.release();
  });
  return { blocks, whole, opened: () => sessions };
}
const batch = { learningRate: 0.1, emaDecay: 0.5, feeds: { x: feed([2], [0.2, -0.7]) } };

it.each([
  ["all blocks open", 2 ** 20],
  ["one block at a time", 0],
])("learns as a step of the whole graph does, with %s, with and without masks", async (_, weightBytes) => {
  const { blocks, whole } = open(weightBytes);
  expect(blocks.initialState()).toEqual(whole.initialState());
  let [actual, expected] = [blocks.initialState(), whole.initialState()];
  for (const masked of [false, true, false]) {
    const [a, b] = [await blocks.run(actual, { ...batch, masked }), await whole.run(expected, { ...batch, masked })];
    expectClose([a.loss, a.gradNorm], [b.loss, b.gradNorm], 1e-5, "loss and norm of the gradients");
    [actual, expected] = [a.state, b.state];
  }
  expect(actual.step).toBe(3);
  for (const [name, { data }] of expected.tensors) expectClose(actual.tensors.get(name)!.data, data, 1e-5, name);
});

it("gives the loss of the formula", async () => {
  const { blocks } = open(0);
  const { loss } = await blocks.run(blocks.initialState(), { ...batch, masked: false });
  const h0 = [Math.tanh(0.6), Math.tanh(-2.1)];
  // h3 = h0·(w1·w2·w3 + w1 + 1), of w1 = w3 = (0.5, 2) and w2 = (0.5, −1)
  expect(loss).toBeCloseTo((h0[0]! * 1.625) ** 2 + (h0[1]! * -1) ** 2, 5);
});

it("opens no block again while the weights of all fit, and each block again where none does", async () => {
  for (const [weightBytes, isOpenedAgain] of [
    [2 ** 20, false],
    [0, true],
  ] as const) {
    const { blocks, opened } = open(weightBytes);
    const { state } = await blocks.run(blocks.initialState(), { ...batch, masked: false });
    const before = opened();
    expect(before).toBeGreaterThan(4);
    await blocks.run(state, { ...batch, masked: false });
    expect(opened() > before).toBe(isOpenedAgain);
  }
});
