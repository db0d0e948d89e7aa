import type { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";
import { LazySession, openSession } from "../../networks/open-session.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import type { StepRunner } from "./step-runner.ts";
import { buildTrainStep, initialState, runTrainStep, type TrainStepOptions } from "./train-step.ts";

/** A graph that computes a loss, `[]`. */
export interface LossGraph {
  readonly g: GraphBuilder;
  readonly loss: Value;
}

/** @param initial - the value of a parameter before the first step */
export type InitialValue = (name: string, shape: readonly number[]) => Tensor;

/**
 * A step as one run of one graph: the fastest way, with every activation in memory.
 * @param buildLoss - gives a graph of its own at each call
 */
export function wholeStep(
  buildLoss: (masked: boolean) => LossGraph,
  initial: InitialValue,
  runtime: OnnxRuntime,
  options: TrainStepOptions,
): StepRunner {
  const build = (masked: boolean) => {
    const { g, loss } = buildLoss(masked);
    return { layout: buildTrainStep(g, loss, options), g };
  };
  const plain = build(false);
  const { layout } = plain; // masks change nothing about the parameters
  const shapes = parameterShapes(plain.g);
  const plainSession = new LazySession(() => openSession(runtime, plain.g, "step"));
  // Without masks the runtime has faster attention, so the second graph is only for batches that need it.
  const maskedSession = new LazySession(() => openSession(runtime, build(true).g, "masked_step"));
  return {
    initialState: () => initialState(layout, (name) => initial(name, shapes.get(name)!)),
    run: async (state, { masked, ...inputs }) =>
      runTrainStep(await (masked ? maskedSession : plainSession).get(), layout, state, inputs),
    async release() {
      await plainSession.release();
      await maskedSession.release();
    },
  };
}

export const parameterShapes = ({ parameters }: GraphBuilder): ReadonlyMap<string, readonly number[]> =>
  new Map(parameters.map(({ name, dims }) => [name, dims as readonly number[]]));
