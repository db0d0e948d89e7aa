import { truncateSync, writeFileSync } from "node:fs";
import koffi from "koffi";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import type { FloatDtype } from "../../gpu-worker/graph/value.ts";
import type { WeightSource } from "../../gpu-worker/graph/weight-source.ts";
import { createFfiRuntime, type FfiRuntimeOptions } from "../../gpu-worker/runtime/ffi/ffi-runtime.ts";
import { elementCount } from "../../gpu-worker/tensor.ts";
import { blockSize } from "../../gpu-worker/weights/block-form.ts";
import { type ConversionTarget, planConversion } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import type { NetworkGraph } from "./network-graphs.ts";

/** What making a session of a graph came to. */
export interface ProbeResult {
  readonly label: string;
  /** Nodes that the device has no kernel for. */
  readonly misplaced: readonly string[];
  /** Why the runtime refused the graph. */
  readonly error?: string;
  readonly nodes: number;
}

/**
 * Make a session of each graph on `device` with CPU fallback forbidden. Where that fails, make it again with the
 * fallback, to learn which nodes are to blame.
 * @param zeros - a file to make: it stands for every weight, and is so sparse that it takes no room
 */
export async function probeSessions(
  graphs: readonly NetworkGraph[],
  runtime: FfiRuntimeOptions,
  zeros: string,
): Promise<ProbeResult[]> {
  makeZeros(zeros);
  const results: ProbeResult[] = [];
  for (const graph of graphs) results.push(await probe(graph, runtime, zeros));
  return results;
}

/** Make a file that stands for every weight, so sparse that it takes no room. */
export function makeZeros(path: string): void {
  writeFileSync(path, "");
  truncateSync(path, largestWeightBytes);
}

/** More than any one weight of the released models. */
const largestWeightBytes = 2 ** 31;

const recordNodes = { "session.record_ep_graph_assignment_info": "1" };
const forbidFallback = { "session.disable_cpu_ep_fallback": "1" };

async function probe(graph: NetworkGraph, runtime: FfiRuntimeOptions, zeros: string): Promise<ProbeResult> {
  const { label, sizes } = graph;
  const g = graphOverZeros(graph, zeros);
  const { bytes, ...options } = encodeModel(g, label);
  const assign = async (sessionConfig: Readonly<Record<string, string>>) => {
    const ffi = createFfiRuntime({
      ...runtime,
      fixedSizes: sizes,
      sessionConfig: { ...recordNodes, ...sessionConfig },
    });
    const session = await ffi.createSession(bytes, options);
    const assigned = session.assignments();
    await session.release();
    return assigned;
  };
  try {
    return { label, misplaced: [], nodes: (await assign(forbidFallback)).length };
  } catch (error) {
    const { message } = error as Error;
    const assigned = await assign({}).catch(() => []);
    const onCpu = assigned.filter(({ provider }) => provider === "CPUExecutionProvider");
    return { label, misplaced: onCpu.map(({ op, name }) => `${op} ${name}`), error: message, nodes: assigned.length };
  }
}

/** The graph as production builds it on CUDA, with one file of zeros for all weights. */
export function graphOverZeros({ computeDtype, form, build }: NetworkGraph, zeros: string): GraphBuilder {
  // The VAE, which is float32, keeps the older operator set.
  const attention = computeDtype === "bfloat16" ? "standard" : "fused";
  const integerProducts = form === "int8-convrot" ? "s8s8" : undefined;
  const weights = zeroWeights(zeros, computeDtype, form);
  const g = new GraphBuilder({ weights, computeDtype, attention, integerProducts });
  build(g);
  return g;
}

/** Has whatever is asked for, in the form that a converted checkpoint would have it. */
function zeroWeights(file: string, dtype: FloatDtype, form: ConversionTarget): WeightSource {
  const bytesPerValue = dtype === "float32" ? 4 : 2;
  const zeros = (shape: readonly number[], bytes: number) => {
    return { file, offset: 0, length: bytes * elementCount(shape) };
  };
  return {
    description: "zeros",
    weight(name, shape) {
      const { encoding } = planConversion(name, { dtype: "BF16", shape, ...zeros(shape, 2) }, form);
      if (encoding.kind === "rotated") {
        const rowScales = zeros(shape.slice(0, 1), 4);
        return { dtype: "int8", shape, data: zeros(shape, 1), rowScales, rotation: encoding.group };
      }
      if (encoding.kind !== "blocks") return { dtype, shape, data: zeros(shape, bytesPerValue) };
      const { bits } = encoding;
      const scales = zeros(shape, 4 / blockSize);
      return { dtype: "uint8", shape, bits, blockSize, data: zeros(shape, bits / 8), scales };
    },
  };
}

const kept: unknown[] = [];

/** Load libraries before the runtime asks for them by their bare names. They stay for as long as this process does. */
export function preload(libraries: readonly string[]): void {
  for (const library of libraries) kept.push(koffi.load(library));
}
