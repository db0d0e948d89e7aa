import type { Value } from "../../../gpu-worker/graph/value.ts";
import type { Optimizer } from "../../../gpu-worker/training/optimizer/optimizer.ts";
import { feed, runGraph } from "./run-graph.ts";

/** One update of a column of values in a graph, at learning rate 0.01. */
export async function optimizerUpdate(
  optimizer: Optimizer,
  step: number,
  parameter: number[],
  gradient: number[],
  state: number[][],
) {
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
