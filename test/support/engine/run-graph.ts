import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeModel } from "../../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../../gpu-worker/graph/graph-builder.ts";
import type { GraphBuilderOptions } from "../../../gpu-worker/graph/graph-options.ts";
import { createNodeRuntime, type OnnxTensor } from "../../../gpu-worker/runtime/onnx-session.ts";
import { readSafetensors } from "../../../gpu-worker/weights/formats/safetensors.ts";
import { encodeSafetensors, type TensorToWrite } from "../../../gpu-worker/weights/formats/write-safetensors.ts";
import { checkpointWeights } from "../../../gpu-worker/weights/weight-source.ts";

export const runtime = createNodeRuntime({ threads: 1 });

export function float32Tensor(shape: readonly number[], values: readonly number[]): TensorToWrite {
  return { dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

export const feed = (dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  dtype: "float32",
  data: Float32Array.from(values),
  dims,
});
export const feedIndices = (dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  dtype: "int64",
  data: BigInt64Array.from(values, BigInt),
  dims,
});

/** Write the weights to a file, build a graph over it, run it once. @returns outputs by name */
export async function runGraph(
  build: (g: GraphBuilder) => void,
  feeds: Readonly<Record<string, OnnxTensor>>,
  weights: Readonly<Record<string, TensorToWrite>> = {},
  options: Omit<GraphBuilderOptions, "weights"> = {},
): Promise<Record<string, number[]>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "graph-")));
  try {
    const path = join(folder, "model.safetensors");
    writeFileSync(path, encodeSafetensors(weights));
    const g = new GraphBuilder({
      ...options,
      weights: checkpointWeights({ folder, tensors: readSafetensors(path).tensors }),
    });
    build(g);
    const { bytes, ...sessionOptions } = encodeModel(g, "test");
    const session = await runtime.createSession(bytes, sessionOptions);
    const outputs = await session.run(feeds);
    await session.release();
    return Object.fromEntries(Array.from(outputs, ([name, { data }]) => [name, Array.from(data, Number)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
