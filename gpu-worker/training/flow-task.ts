import { GraphBuilder } from "../graph/graph-builder.ts";
import type { TextEncoderConfig, TransformerConfig } from "../graph/z-image-config.ts";
import { LazySession, openSession } from "../models/open-session.ts";
import type { PromptTokenizer } from "../pipeline/tokenizer.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import type { Tensor } from "../tensor.ts";
import { adamW } from "./adamw.ts";
import { randomStream } from "./data/random-stream.ts";
import { SeededSampler } from "./data/seeded-sampler.ts";
import { emaDecayAt } from "./ema-decay.ts";
import { flowBatches } from "./flow-batches.ts";
import { textToImageLoss } from "./flow-loss.ts";
import { constant, initialWeight, normal, xavier } from "./initial-weights.ts";
import type { LatentCache } from "./latent-cache.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "./learning-rate.ts";
import { muon } from "./muon.ts";
import { buildTrainStep, initialState, runTrainStep } from "./train-step.ts";
import { trainedWeights } from "./trained-weights.ts";
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

/** Training of text encoder and transformer together, from random weights, by flow matching. */
export function flowTask(parts: FlowParts, runtime: OnnxRuntime, options: FlowTaskOptions): TrainingTask {
  const { seed, steps, learningRate, emaDecay, clipNorm, batchSize } = options;
  const g = new GraphBuilder({ weights: trainedWeights() });
  const loss = textToImageLoss(g, parts.textEncoder, parts.transformer);
  const layout = buildTrainStep(g, loss, { optimizerOf: optimizers(), clipNorm, ema: true });
  const shapes = new Map(g.parameters.map(({ name, dims }) => [name, dims as readonly number[]]));
  const session = new LazySession(() => openSession(runtime, g, "flow_step"));
  const batches = flowBatches(parts, options);
  const buckets = Array.from({ length: parts.data.exampleCount }, () => 0);

  return {
    steps,
    initialState: () => initialState(layout, (name) => flowInitialWeight(seed, name, shapes.get(name)!)),
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

/** Muon for the matrices inside the layers, AdamW for the rest, and faster for the token table, whose rows are seen rarely. */
function optimizers() {
  const matrices = muon();
  const rest = adamW({ betas: [0.9, 0.99] });
  const tokenTable = adamW({ betas: [0.9, 0.99], learningRateScale: 2, weightDecay: 0 });
  return ({ name, shape }: { readonly name: string; readonly shape: readonly number[] }) => {
    if (name === "model.embed_tokens.weight") return tokenTable;
    const inLayer = /\.(attention|feed_forward|self_attn|mlp)\./.test(name) && !name.startsWith("t_embedder.");
    return inLayer && shape.length === 2 ? matrices : rest;
  };
}

/**
 * The output begins at zero; the gates of the blocks begin half open (bias 0.5 before tanh), so that the layers take part from the first step.
 * @param name - of a text encoder's weight (`model.…`) or a transformer's
 */
export function flowInitialWeight(seed: number, name: string, shape: readonly number[]): Tensor {
  const draw = (initializer: Parameters<typeof initialWeight>[3]) => initialWeight(seed, name, shape, initializer);
  if (name === "model.embed_tokens.weight") return draw(normal(0.05));
  if (name.endsWith("_pad_token")) return draw(normal(0.02));
  if (name.endsWith("adaLN_modulation.0.bias")) {
    const gates = draw(constant(0));
    const width = gates.data.length / 4; // scale, gate, scale, gate
    gates.data.fill(0.5, width, 2 * width).fill(0.5, 3 * width);
    return gates;
  }
  if (name.startsWith("all_final_layer.") && name.includes(".linear.")) return draw(constant(0));
  if (name.includes("adaLN_modulation") && shape.length === 2) return draw(normal(0.02));
  if (shape.length === 2) return draw(xavier(shape));
  return draw(constant(name.endsWith(".bias") ? 0 : 1));
}
