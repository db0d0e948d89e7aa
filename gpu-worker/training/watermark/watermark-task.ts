import { GraphBuilder } from "../../graph/graph-builder.ts";
import { floatFeed, LazySession, openSession } from "../../networks/open-session.ts";
import { gaussianNoise } from "../../pipeline/noise.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { payloadBits } from "../../watermark/watermark-payload.ts";
import { randomIndex, randomStream } from "../data/random-stream.ts";
import { initialWeight, normal } from "../initial-weights.ts";
import { adamW } from "../optimizer/adamw.ts";
import { buildTrainStep, initialState, runTrainStep } from "../steps/train-step.ts";
import { trainedWeights } from "../trained-weights.ts";
import type { TrainingTask } from "../training-task.ts";
import { cellSide, pairLoss } from "./watermark-pair.ts";

export interface WatermarkTaskOptions {
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

const plane = cellSide * cellSide;

/**
 * Training of a small encoder and decoder of watermarks, on images that are made up: fields of every scale, coarse ones
 * strong and fine ones weak, with little colour, as photos are.
 */
export function watermarkTask(runtime: OnnxRuntime, options: WatermarkTaskOptions): TrainingTask {
  const { seed, steps, batchSize, learningRate } = options;
  const g = new GraphBuilder({ weights: trainedWeights() });
  const optimizer = adamW({ weightDecay: 0 });
  const layout = buildTrainStep(g, pairLoss(g, batchSize), { optimizerOf: () => optimizer });
  const session = new LazySession(() => openSession(runtime, g, "watermark_step"));
  const encoder = initialWeight(seed, "encoder", [3 * plane, payloadBits], normal(0.05));
  return {
    steps,
    // A decoder that looks for the very patterns is where training begins, and what it improves on.
    initialState: () => initialState(layout, (name) => (name === "encoder" ? encoder : transposed(encoder))),
    async step(state) {
      const number = state.step + 1;
      const random = randomStream(seed, number);
      const {
        loss,
        gradNorm,
        state: next,
      } = await runTrainStep(await session.get(), layout, state, {
        learningRate: learningRate * Math.min(1, (2 * (steps - number + 1)) / steps),
        feeds: drawBatch(batchSize, random),
      });
      return { state: next, loss, samples: batchSize, metrics: { gradNorm } };
    },
    release: () => session.release(),
  };
}

function transposed({ data, shape }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape;
  const values = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) values[j * rows + i] = Number(data[i * columns + j]);
  return tensor(values, [columns, rows]);
}

function drawBatch(batchSize: number, random: () => number): Record<string, OnnxTensor> {
  const dims = [batchSize, 3, cellSide, cellSide];
  const cells = new Float32Array(batchSize * 3 * plane);
  for (let item = 0; item < batchSize; item++) {
    const [luma, warm, cold] = [field(random, 0.7), field(random, 0.15), field(random, 0.15)] as const;
    for (let shape = 0; shape < shapes; shape++) addShape(luma, random, 1);
    for (let shape = 0; shape < shapes; shape++) addShape(shape % 2 === 0 ? warm : cold, random, 0.3);
    for (let i = 0; i < plane; i++) {
      const channels = [luma[i]! + warm[i]!, luma[i]! - (warm[i]! + cold[i]!) / 2, luma[i]! + cold[i]!];
      for (const [c, value] of channels.entries()) cells[(item * 3 + c) * plane + i] = Math.min(1, Math.max(-1, value));
    }
  }
  const disturbance = gaussianNoise(Math.floor(random() * 2 ** 32), cells.length).map((value) => value * 0.03);
  const secret = Float32Array.from({ length: batchSize * payloadBits }, () => (random() < 0.5 ? 0 : 1));
  return {
    cells: floatFeed(cells, dims),
    disturbance: floatFeed(disturbance, dims),
    secret: floatFeed(secret, [batchSize, payloadBits]),
  };
}

/** Rectangles with hard edges in an image. */
const shapes = 6;

function addShape(values: Float32Array, random: () => number, strength: number): void {
  const [left, top] = [randomIndex(random, cellSide), randomIndex(random, cellSide)];
  const [width, height] = [randomIndex(random, cellSide / 2), randomIndex(random, cellSide / 2)];
  const change = (2 * random() - 1) * strength;
  for (let y = top; y < Math.min(cellSide, top + height); y++) {
    for (let x = left; x < Math.min(cellSide, left + width); x++) values[y * cellSide + x]! += change;
  }
}

/** A field of random values, each scale half as strong as the one twice as coarse, smooth between its points. */
function field(random: () => number, strength: number): Float32Array {
  const values = new Float32Array(plane);
  for (let points = 2, share = strength; points <= cellSide; points *= 2, share *= 0.6) {
    const grid = Float32Array.from({ length: (points + 1) ** 2 }, () => (2 * random() - 1) * share);
    for (let y = 0; y < cellSide; y++) {
      for (let x = 0; x < cellSide; x++) {
        const [u, v] = [(x * points) / cellSide, (y * points) / cellSide];
        const [i, j] = [Math.floor(u), Math.floor(v)];
        const at = (a: number, b: number) => grid[(j + b) * (points + 1) + i + a]!;
        const upper = at(0, 0) * (1 - u + i) + at(1, 0) * (u - i);
        const lower = at(0, 1) * (1 - u + i) + at(1, 1) * (u - i);
        values[y * cellSide + x]! += upper * (1 - v + j) + lower * (v - j);
      }
    }
  }
  return values;
}
