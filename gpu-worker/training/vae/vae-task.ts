import type { VaeConfig } from "../../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { floatFeed, LazySession, openSession } from "../../networks/open-session.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { gaussianNoise } from "../../pipeline/noise.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import { elementCount, type Tensor, tensor } from "../../tensor.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { checkpointWeights } from "../../weights/weight-source.ts";
import { randomIndex, randomStream } from "../data/random-stream.ts";
import type { TrainingData } from "../data/training-data.ts";
import { constant, initialWeight, perInput, xavier } from "../initial-weights.ts";
import { adamW } from "../optimizer/adamw.ts";
import { emaDecayAt } from "../optimizer/ema-decay.ts";
import { type TrapezoidOptions, trapezoidLearningRate } from "../optimizer/learning-rate.ts";
import { buildTrainStep, initialState, runTrainStep } from "../steps/train-step.ts";
import { trainedWeights } from "../trained-weights.ts";
import type { TrainingTask } from "../training-task.ts";
import { type VaeBatchShape, vaeLoss } from "./vae-loss.ts";

export interface VaeTaskOptions {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: Omit<TrapezoidOptions, "steps">;
  readonly emaDecay: number;
  readonly clipNorm: number;
  /** The weight of the KL term rises with the square of the step up to its peak. */
  readonly kl: { readonly weight: number; readonly rampSteps: number };
  /** Square crops of random images at random places; `share` of the steps, adding up to 1. */
  readonly batches: readonly (VaeBatchShape & { readonly share: number })[];
  /** Train the decoder of this VAE alone: its latents, and all that was trained on them, stay valid. */
  readonly decoderOf?: Checkpoint;
}

interface Crops {
  readonly shape: VaeBatchShape;
  readonly share: number;
  readonly session: LazySession;
}

/** Training of AutoencoderKL from random weights, or of a decoder from its own. */
export function vaeTask(
  config: VaeConfig,
  data: TrainingData,
  runtime: OnnxRuntime,
  options: VaeTaskOptions,
): TrainingTask {
  const { seed, steps, learningRate, emaDecay, clipNorm, kl, batches, decoderOf } = options;
  const weights = decoderOf
    ? trainedWeights({ trains: (name) => name.startsWith("decoder."), frozen: checkpointWeights(decoderOf) })
    : trainedWeights();
  const graphs = batches.map(({ share, ...shape }) => {
    const g = new GraphBuilder({ weights });
    const optimizer = adamW({ betas: [0.9, 0.99], weightDecay: 1e-4 });
    const step = buildTrainStep(g, vaeLoss(g, config, shape), { optimizerOf: () => optimizer, clipNorm, ema: true });
    const session = new LazySession(() => openSession(runtime, g, `vae_step_${shape.side}`));
    return { step, crops: { shape, share, session }, parameters: g.parameters };
  });
  // The size of the images changes nothing about the parameters.
  const { step: layout, parameters } = graphs[0]!;
  const shapes = new Map(parameters.map(({ name, dims }) => [name, dims as readonly number[]]));

  const initial = (name: string): Tensor => {
    const stored = decoderOf?.tensors.get(name);
    return stored
      ? tensor(Float32Array.from(readTensor(stored)), stored.shape)
      : vaeInitialWeight(seed, name, shapes.get(name)!);
  };

  return {
    steps,
    initialState: () => initialState(layout, initial),
    async step(state) {
      const number = state.step + 1;
      const random = randomStream(seed, number);
      const { shape, session } = chooseCrops(
        graphs.map(({ crops }) => crops),
        random,
      );
      const result = await runTrainStep(await session.get(), layout, state, {
        learningRate: trapezoidLearningRate(number, { ...learningRate, steps }),
        emaDecay: emaDecayAt(emaDecay, number),
        feeds: {
          ...(await drawCrops(data, config, shape, random)),
          kl_weight: floatFeed(Float32Array.of(kl.weight * Math.min(1, (number / kl.rampSteps) ** 2)), []),
        },
      });
      const { loss, gradNorm } = result;
      const value = (name: string) => Number(result.outputs.get(name)!.data[0]);
      const psnr = -10 * Math.log10(value("mse") / 4); // pixels span 2
      return {
        state: result.state,
        loss,
        samples: shape.batchSize,
        metrics: { gradNorm, psnr, kl: value("kl"), side: shape.side },
      };
    },
    async release() {
      for (const { crops } of graphs) await crops.session.release();
    },
  };
}

function chooseCrops(crops: readonly Crops[], random: () => number): Crops {
  let rest = random();
  return crops.find(({ share }) => (rest -= share) < 0) ?? crops[0]!;
}

/** @returns `image` and `noise` as `vaeLoss` reads them */
async function drawCrops(
  data: TrainingData,
  { latentChannels }: VaeConfig,
  { batchSize, side }: VaeBatchShape,
  random: () => number,
): Promise<Record<string, OnnxTensor>> {
  const crops = new Float32Array(batchSize * 3 * side * side);
  for (let item = 0; item < batchSize; item++) {
    const image = await data.image(randomIndex(random, data.imageCount));
    const left = randomIndex(random, image.width - side + 1);
    const top = randomIndex(random, image.height - side + 1);
    const crop = cropPlanes(image, { left, top, side, mirrored: random() < 0.5 });
    crops.set(crop, item * crop.length);
  }
  const latentDims = [batchSize, latentChannels, side / 8, side / 8];
  const count = elementCount(latentDims);
  return {
    image: floatFeed(crops, [batchSize, 3, side, side]),
    noise: floatFeed(gaussianNoise(Math.floor(random() * 2 ** 32), count), latentDims),
  };
}

/** @returns `[3, side, side]` in −1..1 */
function cropPlanes(
  { data, width }: RgbImage,
  { left, top, side, mirrored }: { left: number; top: number; side: number; mirrored: boolean },
): Float32Array {
  const planes = new Float32Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const column = left + (mirrored ? side - 1 - x : x);
      const pixel = ((top + y) * width + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        planes[(channel * side + y) * side + x] = data[pixel + channel]! / 127.5 - 1;
      }
    }
  }
  return planes;
}

/**
 * The posterior begins narrow (log-variance −5, and hardly moved by the image), or the decoder sees nothing but noise
 * at first and learns to ignore its input.
 */
export function vaeInitialWeight(seed: number, name: string, shape: readonly number[]): Tensor {
  if (name === "encoder.conv_out.bias") return narrowPosterior(initialWeight(seed, name, shape, constant(0)), () => -5);
  if (name === "encoder.conv_out.weight") {
    const drawn = initialWeight(seed, name, shape, perInput(shape));
    return narrowPosterior({ ...drawn, data: drawn.data.map((value) => 2 * value) }, (value) => 0.05 * value);
  }
  if (shape.length === 4) return initialWeight(seed, name, shape, perInput(shape));
  if (shape.length === 2) return initialWeight(seed, name, shape, xavier(shape));
  return initialWeight(seed, name, shape, constant(/norm[\w.]*\.weight$/.test(name) ? 1 : 0));
}

/** Change the rows of the log-variance, which are the second half. */
function narrowPosterior({ data, shape }: Tensor, change: (value: number) => number): Tensor {
  return { data: data.map((value, index) => (index < data.length / 2 ? value : change(value))), shape };
}
