import { join } from "node:path";
import { transformerBlock } from "../../gpu-worker/graph/blocks/transformer-block.ts";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { GraphBuilderOptions } from "../../gpu-worker/graph/graph-options.ts";
import { recordingWeights } from "../../gpu-worker/graph/weight-audit.ts";
import { createNodeRuntime, type OnnxSession, type OnnxTensor } from "../../gpu-worker/runtime/onnx-session.ts";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { blockFormMetadata } from "../../gpu-worker/weights/block-form.ts";
import { openCheckpoint } from "../../gpu-worker/weights/checkpoint.ts";
import { convertCheckpoint } from "../../gpu-worker/weights/convert/convert-checkpoint.ts";
import { type ConversionTarget, planConversion } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import type { TensorToWrite } from "../../gpu-worker/weights/formats/write-safetensors.ts";
import { checkpointWeights } from "../../gpu-worker/weights/weight-source.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { block, blockFeeds, blockGraphInputs, dim, tokens } from "./block.ts";

/** Channels that stand out in every token, and how far: what makes 8 bits per token hard. */
const outliers = { channels: [5, 700, 701, 1999, 3000, 3500], factor: 60 } as const;

/** The block with its weights in one form. */
export interface BlockForm {
  readonly label: string;
  readonly target?: ConversionTarget;
  readonly options?: GraphBuilderOptions;
  /** Names of the weights that take the form; the others stay as they are. @default all of them */
  readonly only?: RegExp;
}

/** A session of the block, with its weights in a form that is written into `folder`. */
export async function openForm(
  folder: string,
  original: string,
  { label, target, options, only }: BlockForm,
  threads: number,
): Promise<OnnxSession> {
  const checkpoint = openCheckpoint(original);
  const tensors = new Map(checkpoint.tensors);
  if (target) {
    const path = join(folder, `${label}.safetensors`);
    const plans = Array.from(tensors)
      .filter(([name]) => only?.test(name) ?? true)
      .map(([name, tensor]) => planConversion(name, tensor, target));
    const metadata = target === "int8-convrot" ? undefined : blockFormMetadata;
    await convertCheckpoint(path, plans, { metadata });
    for (const [name, tensor] of openCheckpoint(path).tensors) tensors.set(name, tensor);
  }
  const g = new GraphBuilder({ ...options, weights: checkpointWeights({ ...checkpoint, tensors }) });
  buildBlock(g);
  const { bytes, ...sessionOptions } = encodeModel(g, "block");
  return createNodeRuntime({ threads }).createSession(bytes, sessionOptions);
}

/** In the scope of a layer: conversions know the layers of a model by their names. */
function buildBlock(g: GraphBuilder): void {
  const { x, inputs } = blockGraphInputs(g);
  g.output(
    "y",
    g.scope("layers.0", () => transformerBlock(g, x, inputs, block)),
  );
}

/** Weights of the size that a network has before training, norms about one. */
export function randomBlock(): [string, TensorToWrite][] {
  const { source, reads } = recordingWeights();
  buildBlock(new GraphBuilder({ weights: source }));
  return reads.map(({ name, dims }, index) => {
    const isNorm = /norm\w*\.weight$/.test(name);
    const values = gaussian(10 + index, elementCount(dims), isNorm ? 0.2 : (dims.at(-1) ?? 1) ** -0.5);
    if (isNorm) values.forEach((value, at) => void (values[at] = 1 + value));
    return [name, { dtype: "F32", shape: dims, bytes: new Uint8Array(values.buffer) }];
  });
}

export function gaussianInput(): Record<string, OnnxTensor> {
  const angles = gaussian(2, tokens * (block.headDim / 2), 2);
  const table = (of: (angle: number) => number): OnnxTensor => ({
    dtype: "float32",
    dims: [tokens, block.headDim / 2],
    data: angles.map(of),
  });
  return {
    ...blockFeeds(),
    x: { dtype: "float32", dims: [1, tokens, dim], data: gaussian(1, tokens * dim, 1) },
    time_embedding: { dtype: "float32", dims: [1, 256], data: gaussian(3, 256, 1) },
    rotary_cos: table(Math.cos),
    rotary_sin: table(Math.sin),
  };
}

export function outlierInput(): Record<string, OnnxTensor> {
  const x = gaussian(1, tokens * dim, 1);
  for (let token = 0; token < tokens; token++) {
    for (const channel of outliers.channels) x[token * dim + channel]! *= outliers.factor;
  }
  return { ...gaussianInput(), x: { dtype: "float32", dims: [1, tokens, dim], data: x } };
}

/** Sums of four uniform numbers: near enough to a normal distribution, with the large values that make 8 bits hard. */
function gaussian(seed: number, count: number, deviation: number): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const stretch = deviation * Math.sqrt(3);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) values[at] = (random() + random() + random() + random() - 2) * stretch;
  return values;
}
