import { writeFileSync, writeSync } from "node:fs";
import koffi from "koffi";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import { reshape } from "../../gpu-worker/graph/ops/shape.ts";
import { createFfiRuntime } from "../../gpu-worker/runtime/ffi/ffi-runtime.ts";
import type { OnnxTensor } from "../../gpu-worker/runtime/onnx-session.ts";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { type NetworkGraph, networkGraphs } from "./network-graphs.ts";
import { graphOverZeros, makeZeros, preload } from "./session-probe.ts";

export interface CudaRunResult {
  /** A graph that copies: what went in and what came out, run by run. */
  readonly copies: readonly { readonly given: readonly number[]; readonly got: readonly number[] }[];
  /** Graphs that the runtime launched by then. */
  readonly launchesOfCopies: number;
  /** By network: graphs launched after each of its runs. */
  readonly launches: Readonly<Record<string, readonly number[]>>;
}

/**
 * Runs on CUDA libraries that compute nothing: copies alone are real, and of the networks only which kernels are chosen
 * and what is captured. A process of its own, for the reasons of `cuda-probe.ts`. On standard output the provider says
 * which attention kernels it chose, after a line `network LABEL` for each. usage: cuda-run-probe.ts RESULT LIBRARY
 * ZEROS STUB...
 */
const [resultPath, library, zeros, ...stubs] = process.argv.slice(2);
preload(stubs);
makeZeros(zeros!);
const cudart = koffi.load(stubs.find((path) => path.includes("libcudart"))!);
const graphLaunches = cudart.func("int stubGraphLaunches(void)") as () => number;
const runtime = createFfiRuntime({ device: "cuda", library: library!, captureGraphs: true });

process.env.STUB_CUDA_COPIES = "1";
const copies = await runCopies();
delete process.env.STUB_CUDA_COPIES;
const launchesOfCopies = graphLaunches();

const launches: Record<string, number[]> = {};
for (const graph of await networkGraphs()) {
  // The VAE's convolutions ask cuDNN for more than it can make up.
  if (!graph.label.startsWith("VAE")) launches[graph.label] = await runNetwork(graph);
}
const result: CudaRunResult = { copies, launchesOfCopies, launches };
writeFileSync(resultPath!, JSON.stringify(result));
process.kill(process.pid, "SIGKILL");

async function runCopies(): Promise<CudaRunResult["copies"]> {
  const g = new GraphBuilder();
  g.output("y", reshape(g, g.input("x", "float32", ["A", 4]), ["A", 2, 2]));
  const { bytes } = encodeModel(g, "copy");
  const session = await runtime.createSession(bytes, { runsRepeat: true });
  const runs = [];
  for (const [run, rows] of [1, 1, 2, 1, 2, 2, 1].entries()) {
    const given = Array.from({ length: 4 * rows }, (_, at) => 10 * run + at);
    const outputs = await session.run({ x: { dtype: "float32", data: Float32Array.from(given), dims: [rows, 4] } });
    runs.push({ given, got: [...(outputs.get("y")!.data as Float32Array)] });
  }
  await session.release();
  return runs;
}

/** Graphs launched in each of four runs at one set of sizes. */
async function runNetwork(graph: NetworkGraph): Promise<number[]> {
  writeSync(1, `network ${graph.label}\n`);
  const g = graphOverZeros(graph, zeros!);
  const { bytes, ...options } = encodeModel(g, graph.label);
  const session = await runtime.createSession(bytes, { ...options, runsRepeat: true });
  const feeds = Object.fromEntries(
    g.inputs.map(({ name, dtype, dims }) => {
      const sizes = dims.map((dim) => (typeof dim === "number" ? dim : graph.sizes[dim]!));
      return [name, zeroFeed(dtype, sizes)];
    }),
  );
  const counts: number[] = [];
  for (let run = 0; run < 4; run++) {
    const before = graphLaunches();
    await session.run(feeds);
    counts.push(graphLaunches() - before);
  }
  await session.release();
  return counts;
}

function zeroFeed(dtype: string, dims: readonly number[]): OnnxTensor {
  const length = elementCount(dims);
  if (dtype === "int64") return { dtype, data: new BigInt64Array(length), dims };
  if (dtype === "int32") return { dtype, data: new Int32Array(length), dims };
  if (dtype === "bool") return { dtype, data: new Uint8Array(length), dims };
  return { dtype: "float32", data: new Float32Array(length), dims };
}
