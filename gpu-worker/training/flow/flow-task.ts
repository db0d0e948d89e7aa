import { transformer, transformerInputs } from "../../graph/architectures/z-image-transformer.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";
import type { WeightSource } from "../../graph/weight-source.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { exampleOrder } from "../data/example-order.ts";
import { randomStream } from "../data/random-stream.ts";
import { emaDecayAt } from "../optimizer/ema-decay.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "../optimizer/learning-rate.ts";
import { blockwiseStep } from "../steps/blockwise-step.ts";
import type { StepRunner } from "../steps/step-runner.ts";
import type { TrainStepOptions } from "../steps/train-step.ts";
import { wholeStep } from "../steps/whole-step.ts";
import type { TrainingTask } from "../training-task.ts";
import { type FlowBatchOptions, type FlowParts, flowBatches } from "./flow-batches.ts";
import { flowMatchLoss } from "./flow-match-loss.ts";

export interface FlowTaskOptions extends FlowBatchOptions {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: Omit<TrapezoidOptions, "steps">;
  readonly emaDecay: number;
  readonly clipNorm: number;
  /** Compute each block again in the backward pass, in place of keeping its activations. @default "none" */
  readonly recompute?: "none" | "blocks";
  /** With `recompute: "blocks"`: what the weights of blocks that are kept open may take. @default 2048 */
  readonly weightsMiB?: number;
}

/** Which weights are trained, and how. */
export interface TrainedPart {
  /** Gives the trained weights as fed ones; the others from a checkpoint. */
  readonly weights: WeightSource;
  /** Before the first step. */
  initial(name: string, shape: readonly number[]): Tensor;
  /** One object per kind of update, however often it is asked for. */
  optimizerOf: TrainStepOptions["optimizerOf"];
}

/** Training of text encoder, transformer, or parts of them, by flow matching. */
export function flowTask(
  parts: FlowParts,
  trained: TrainedPart,
  runtime: OnnxRuntime,
  options: FlowTaskOptions,
): TrainingTask {
  const { seed, steps } = options;
  const runner = flowRunner(parts, trained, runtime, options);
  const batches = flowBatches(parts, options);
  const order = exampleOrder(parts.data, options);

  return {
    steps,
    initialState: runner.initialState,
    async step(state) {
      const number = state.step + 1;
      const batch = await batches.draw(order(state.step), randomStream(seed, number));
      const result = await runner.run(state, { ...stepScalars(number, options), ...batch });
      const { state: next, loss, gradNorm } = result;
      return { state: next, loss, samples: options.batchSize, metrics: { gradNorm } };
    },
    async release() {
      await runner.release();
      await parts.captions.release();
    },
  };
}

/**
 * The transformer over weights that are trained, in a graph of its own.
 * @returns `[B, S, patchDim]`, image tokens first
 */
export function trainedTransformer(
  { transformer: config, captions }: Pick<FlowParts, "transformer" | "captions">,
  { weights }: TrainedPart,
  masked: boolean,
): { readonly g: GraphBuilder; readonly tokens: Value } {
  const g = new GraphBuilder({ weights });
  const caption = captions.build(g);
  return { g, tokens: transformer(g, transformerInputs(g, config, { masked, caption }), config) };
}

/** Steps of flow matching, as a whole or block by block. */
export function flowRunner(
  parts: Pick<FlowParts, "transformer" | "captions">,
  trained: TrainedPart,
  runtime: OnnxRuntime,
  { clipNorm, recompute = "none", weightsMiB = 2048 }: Pick<FlowTaskOptions, "clipNorm" | "recompute" | "weightsMiB">,
): StepRunner {
  const buildLoss = (masked: boolean) => {
    const { g, tokens } = trainedTransformer(parts, trained, masked);
    return { g, loss: flowMatchLoss(g, tokens) };
  };
  const { initial, optimizerOf } = trained;
  const stepOptions = { optimizerOf, clipNorm, ema: true };
  return recompute === "blocks"
    ? blockwiseStep(buildLoss, initial, runtime, { ...stepOptions, weightBytes: weightsMiB * 2 ** 20 })
    : wholeStep(buildLoss, initial, runtime, stepOptions);
}

/** @param step - counted from 1 */
function stepScalars(step: number, { steps, learningRate, emaDecay }: FlowTaskOptions) {
  return {
    learningRate: trapezoidLearningRate(step, { ...learningRate, steps }),
    // Towards the end the weights hardly move, and a long memory would only keep older, worse ones.
    emaDecay: emaDecayAt(step > 0.9 * steps ? Math.min(emaDecay, 0.99) : emaDecay, step),
  };
}
