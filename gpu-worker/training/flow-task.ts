import { GraphBuilder, type WeightSource } from "../graph/graph-builder.ts";
import { transformer, transformerInputs } from "../graph/z-image-transformer.ts";
import { LazySession, openSession } from "../models/open-session.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import type { Tensor } from "../tensor.ts";
import { randomStream } from "./data/random-stream.ts";
import { emaDecayAt } from "./ema-decay.ts";
import { exampleOrder } from "./example-order.ts";
import { type FlowBatchOptions, type FlowParts, flowBatches } from "./flow-batches.ts";
import { flowMatchLoss } from "./flow-match-loss.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "./learning-rate.ts";
import { buildTrainStep, initialState, runTrainStep, type TrainStepOptions } from "./train-step.ts";
import type { TrainingTask } from "./training-task.ts";

export interface FlowTaskOptions extends FlowBatchOptions {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: Omit<TrapezoidOptions, "steps">;
  readonly emaDecay: number;
  readonly clipNorm: number;
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

/** Training of text encoder, transformer, or parts of them, by flow matching, with the whole step as one graph. */
export function flowTask(
  parts: FlowParts,
  trained: TrainedPart,
  runtime: OnnxRuntime,
  options: FlowTaskOptions,
): TrainingTask {
  const { seed, steps, clipNorm } = options;
  const build = (masked: boolean) => {
    const g = new GraphBuilder({ weights: trained.weights });
    const caption = parts.captions.build(g);
    const tokens = transformer(g, transformerInputs(g, parts.transformer, { masked, caption }), parts.transformer);
    const { optimizerOf } = trained;
    return { g, layout: buildTrainStep(g, flowMatchLoss(g, tokens), { optimizerOf, clipNorm, ema: true }) };
  };
  const plain = build(false);
  const { layout } = plain; // masks change nothing about the parameters
  const shapes = new Map(plain.g.parameters.map(({ name, dims }) => [name, dims as readonly number[]]));
  const plainSession = new LazySession(() => openSession(runtime, plain.g, "flow_step"));
  // Without masks the runtime has faster attention, so the second graph is only for batches that need it.
  const maskedSession = new LazySession(() => openSession(runtime, build(true).g, "masked_flow_step"));
  const batches = flowBatches(parts, options);
  const order = exampleOrder(parts.data, options);

  return {
    steps,
    initialState: () => initialState(layout, (name) => trained.initial(name, shapes.get(name)!)),
    async step(state) {
      const number = state.step + 1;
      const { feeds, masked } = await batches.draw(order(state.step), randomStream(seed, number));
      const session = await (masked ? maskedSession : plainSession).get();
      const result = await runTrainStep(session, layout, state, { ...stepScalars(number, options), feeds });
      const { state: next, loss, gradNorm } = result;
      return { state: next, loss, samples: options.batchSize, metrics: { gradNorm } };
    },
    async release() {
      await plainSession.release();
      await maskedSession.release();
      await parts.captions.release();
    },
  };
}

/** @param step - counted from 1 */
export function stepScalars(step: number, { steps, learningRate, emaDecay }: FlowTaskOptions) {
  return {
    learningRate: trapezoidLearningRate(step, { ...learningRate, steps }),
    // Towards the end the weights hardly move, and a long memory would only keep older, worse ones.
    emaDecay: emaDecayAt(step > 0.9 * steps ? Math.min(emaDecay, 0.99) : emaDecay, step),
  };
}
