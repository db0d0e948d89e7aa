import { GraphBuilder, type WeightSource } from "../graph/graph-builder.ts";
import type { TextEncoderConfig, TransformerConfig } from "../graph/z-image-config.ts";
import { LazySession, openSession } from "../models/open-session.ts";
import type { PromptTokenizer } from "../pipeline/tokenizer.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import type { Tensor } from "../tensor.ts";
import { randomStream } from "./data/random-stream.ts";
import { SeededSampler } from "./data/seeded-sampler.ts";
import { emaDecayAt } from "./ema-decay.ts";
import { flowBatches } from "./flow-batches.ts";
import { textToImageLoss } from "./flow-loss.ts";
import type { LatentCache } from "./latent-cache.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "./learning-rate.ts";
import { buildTrainStep, initialState, runTrainStep, type TrainStepOptions } from "./train-step.ts";
import type { TrainingData } from "./training-data.ts";
import type { TrainingTask } from "./training-task.ts";

export interface FlowTaskOptions {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: Omit<TrapezoidOptions, "steps">;
  readonly emaDecay: number;
  readonly clipNorm: number;
  readonly batchSize: number;
  /** Captions are cut and filled to this many tokens, a multiple of 32. */
  readonly captionTokens: number;
  /** Of the scheduler: training draws noise levels as sampling meets them. */
  readonly shift: number;
}

export interface FlowParts {
  readonly textEncoder: TextEncoderConfig;
  readonly transformer: TransformerConfig;
  readonly tokenizer: PromptTokenizer;
  readonly data: TrainingData;
  readonly latents: LatentCache;
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
  const { seed, steps, learningRate, emaDecay, clipNorm, batchSize } = options;
  const g = new GraphBuilder({ weights: trained.weights });
  const loss = textToImageLoss(g, parts.textEncoder, parts.transformer);
  const layout = buildTrainStep(g, loss, { optimizerOf: trained.optimizerOf, clipNorm, ema: true });
  const shapes = new Map(g.parameters.map(({ name, dims }) => [name, dims as readonly number[]]));
  const session = new LazySession(() => openSession(runtime, g, "flow_step"));
  const batches = flowBatches(parts, options);
  const buckets = Array.from({ length: parts.data.exampleCount }, () => 0);

  return {
    steps,
    initialState: () => initialState(layout, (name) => trained.initial(name, shapes.get(name)!)),
    async step(state) {
      const number = state.step + 1;
      const perEpoch = Math.ceil(buckets.length / batchSize);
      const start = { epoch: Math.floor(state.step / perEpoch), position: state.step % perEpoch };
      const { indices } = new SeededSampler({ buckets, batchSize, seed, start }).next();
      const result = await runTrainStep(await session.get(), layout, state, {
        learningRate: trapezoidLearningRate(number, { ...learningRate, steps }),
        // Towards the end the weights hardly move, and a long memory would only keep older, worse ones.
        emaDecay: emaDecayAt(number > 0.9 * steps ? Math.min(emaDecay, 0.99) : emaDecay, number),
        feeds: batches.draw(indices, randomStream(seed, number)),
      });
      const { state: next, loss: value, gradNorm } = result;
      return { state: next, loss: value, samples: batchSize, metrics: { gradNorm } };
    },
    release: () => session.release(),
  };
}
