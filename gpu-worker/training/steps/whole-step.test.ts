import { expect, it, onTestFinished } from "vitest";
import { feed, runtime } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { mul, times } from "../../graph/ops/arithmetic.ts";
import { sumOfSquares } from "../../graph/ops/reduction.ts";
import { tensor } from "../../tensor.ts";
import { adamW } from "../optimizer/adamw.ts";
import { trainedWeights } from "../trained-weights.ts";
import { wholeStep } from "./whole-step.ts";

/** Loss Σ (x·w)², and four times that with masks. */
function open() {
  const opened: string[] = [];
  const adam = adamW({ weightDecay: 0 });
  const step = wholeStep(
    (masked) => {
      opened.push(masked ? "masked" : "plain");
      const g = new GraphBuilder({ weights: trainedWeights() });
      const y = mul(g, g.input("x", "float32", [2]), g.weight("w", [2]));
      return { g, loss: sumOfSquares(g, masked ? times(g, y, 2) : y) };
    },
    (name, shape) => tensor(Float32Array.of(3, 4), name === "w" ? shape : []),
    runtime,
    { optimizerOf: () => adam },
  );
  onTestFinished(() => step.release());
  return { step, opened };
}
const batch = { learningRate: 0.5, feeds: { x: feed([2], [1, 2]) } };

it("gives the loss before the step and the parameters after it", async () => {
  const { step } = open();
  const start = step.initialState();
  expect([...start.tensors.get("w")!.data]).toEqual([3, 4]);
  const { loss, gradNorm, state } = await step.run(start, { ...batch, masked: false });
  expect(loss).toBe(73); // 3² + 8²
  expect(gradNorm).toBeCloseTo(Math.hypot(6, 32), 4); // 2·x²·w
  expect([...state.tensors.get("w")!.data]).toEqual([2.5, 3.5]); // the first step is the sign of the gradient
  expect(state.step).toBe(1);
});

it("builds the graph with masks for the first batch that needs it, once", async () => {
  const { step, opened } = open();
  const start = step.initialState();
  await step.run(start, { ...batch, masked: false });
  expect(opened).toEqual(["plain"]);
  for (let i = 0; i < 2; i++) expect((await step.run(start, { ...batch, masked: true })).loss).toBe(4 * 73);
  expect(opened).toEqual(["plain", "masked"]);
});
