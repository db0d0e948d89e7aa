import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TransformerBlockInputs, transformerBlock } from "../../gpu-worker/graph/blocks/transformer-block.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { Value } from "../../gpu-worker/graph/value.ts";
import { recordingWeights } from "../../gpu-worker/graph/weight-audit.ts";
import type { WeightSource } from "../../gpu-worker/graph/weight-source.ts";
import type { OnnxSession, OnnxTensor } from "../../gpu-worker/runtime/onnx-session.ts";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { openCheckpoint } from "../../gpu-worker/weights/checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "../../gpu-worker/weights/formats/write-safetensors.ts";
import { checkpointWeights } from "../../gpu-worker/weights/weight-source.ts";

/** The main layers of the released models, at 256×256: 256 image tokens and 32 caption tokens. */
export const block = { heads: 30, headDim: 128, eps: 1e-5, feedForwardHidden: 10240 };
export const dim = block.heads * block.headDim;
export const tokens = 288;
const adaLnWidth = 256;

/** One run to warm up, then `count` that are timed. */
export async function timeRuns(
  session: OnnxSession,
  feeds: Readonly<Record<string, OnnxTensor>>,
  count: number,
): Promise<number[]> {
  await session.run(feeds);
  const milliseconds: number[] = [];
  for (let run = 0; run < count; run++) {
    const start = performance.now();
    await session.run(feeds);
    milliseconds.push(performance.now() - start);
  }
  return milliseconds;
}

/** Lay a checkpoint of one block with random weights on disk for as long as `use` takes. */
export async function withBlockWeights<T>(use: (weights: WeightSource) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "z-image-bench-"));
  try {
    const { source, reads } = recordingWeights();
    const g = new GraphBuilder({ weights: source });
    const { x, inputs } = blockGraphInputs(g);
    transformerBlock(g, x, inputs, block);
    const tensors = reads.map(({ name, dims }): [string, TensorToWrite] => [
      name,
      { dtype: "F32", shape: dims, bytes: new Uint8Array(randomWeights(dims).buffer) },
    ]);
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(Object.fromEntries(tensors)));
    return await use(checkpointWeights(openCheckpoint(folder)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function blockGraphInputs(g: GraphBuilder): { x: Value; inputs: TransformerBlockInputs } {
  const x = g.input("x", "float32", [1, "S", dim]);
  const timeEmbedding = g.input("time_embedding", "float32", [1, adaLnWidth]);
  const cos = g.input("rotary_cos", "float32", ["S", block.headDim / 2]);
  const sin = g.input("rotary_sin", "float32", ["S", block.headDim / 2]);
  const positions = g.input("positions", "int64", [1, "S"]);
  return { x, inputs: { rotary: { cos, sin, positions }, timeEmbedding } };
}

export function blockFeeds(): Record<string, OnnxTensor> {
  const positions = BigInt64Array.from({ length: tokens }, (_, index) => BigInt(index));
  return {
    x: randomFeed([1, tokens, dim]),
    time_embedding: randomFeed([1, adaLnWidth]),
    rotary_cos: randomFeed([tokens, block.headDim / 2]),
    rotary_sin: randomFeed([tokens, block.headDim / 2]),
    positions: { dtype: "int64", dims: [1, tokens], data: positions },
  };
}

export function randomFeed(dims: readonly number[]): OnnxTensor {
  return { dtype: "float32", dims, data: randomWeights(dims) };
}

/** Small values of either sign; their distribution does not matter for time, only that no two tensors are equal. */
function randomWeights(dims: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(elementCount(dims));
  for (let index = 0; index < values.length; index++) values[index] = (Math.random() - 0.5) * 0.05;
  return values;
}
