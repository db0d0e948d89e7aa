import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformerBlock } from "../gpu-worker/graph/blocks/transformer-block.ts";
import { encodeModel } from "../gpu-worker/graph/encode-model.ts";
import { GraphBuilder, type WeightSource } from "../gpu-worker/graph/graph-builder.ts";
import { recordingWeights } from "../gpu-worker/graph/weight-audit.ts";
import { createNodeRuntime, type OnnxTensor } from "../gpu-worker/runtime/onnx-session.ts";
import { openCheckpoint } from "../gpu-worker/weights/checkpoint.ts";
import { checkpointWeights } from "../gpu-worker/weights/weight-source.ts";
import { encodeSafetensors, type TensorToWrite } from "../gpu-worker/weights/write-safetensors.ts";
import type { Report } from "./report.ts";
import { summarise } from "./statistics.ts";

/** The main layers of the released models, at 256×256: 256 image tokens and 32 caption tokens. */
const block = { heads: 30, headDim: 128, eps: 1e-5, feedForwardHidden: 10240 };
const dim = block.heads * block.headDim;
const tokens = 288;
const adaLnWidth = 256;
const runs = 7;

/** One full-width transformer block in float32 with random weights, beside PyTorch where `python3` has it. */
export async function benchBlock(report: Report): Promise<void> {
  const threads = availableParallelism();
  const detail = `dim ${dim}, ${tokens} tokens, float32, ${threads} threads, median of ${runs}`;
  const ours = await ownBlock(threads);
  report({ bench: "block", what: "transformer block, this engine", value: ours, unit: "ms", detail });
  const peer = await peerBlock(threads);
  if (!peer) return console.error("block    no peer to compare with: python3 has no torch here");
  report({ bench: "block", what: `transformer block, ${peer.runtime}`, value: peer.milliseconds, unit: "ms", detail });
  report({ bench: "block", what: "peer ÷ this engine", value: peer.milliseconds / ours, unit: "×" });
}

async function ownBlock(threads: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "z-image-bench-"));
  try {
    const { source, reads } = recordingWeights();
    buildBlock(source);
    const tensors = reads.map(({ name, dims }): [string, TensorToWrite] => [
      name,
      { dtype: "F32", shape: dims, bytes: new Uint8Array(randomWeights(dims).buffer) },
    ]);
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(Object.fromEntries(tensors)));
    const { bytes, ...options } = encodeModel(buildBlock(checkpointWeights(openCheckpoint(folder))), "block");
    const session = await createNodeRuntime({ threads }).createSession(bytes, options);
    const feeds = blockInputs();
    await session.run(feeds);
    const milliseconds: number[] = [];
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await session.run(feeds);
      milliseconds.push(performance.now() - start);
    }
    await session.release();
    return summarise(milliseconds).median;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function buildBlock(weights: WeightSource): GraphBuilder {
  const g = new GraphBuilder({ weights });
  const x = g.input("x", "float32", [1, "S", dim]);
  const timeEmbedding = g.input("time_embedding", "float32", [1, adaLnWidth]);
  const cos = g.input("rotary_cos", "float32", ["S", block.headDim / 2]);
  const sin = g.input("rotary_sin", "float32", ["S", block.headDim / 2]);
  const positions = g.input("positions", "int64", [1, "S"]);
  g.output("y", transformerBlock(g, x, { rotary: { cos, sin, positions }, timeEmbedding }, block));
  return g;
}

function blockInputs(): Record<string, OnnxTensor> {
  const floats = (...dims: number[]): OnnxTensor => ({ dtype: "float32", dims, data: randomWeights(dims) });
  const positions = BigInt64Array.from({ length: tokens }, (_, index) => BigInt(index));
  return {
    x: floats(1, tokens, dim),
    time_embedding: floats(1, adaLnWidth),
    rotary_cos: floats(tokens, block.headDim / 2),
    rotary_sin: floats(tokens, block.headDim / 2),
    positions: { dtype: "int64", dims: [1, tokens], data: positions },
  };
}

/** Small values of either sign; their distribution does not matter for time, only that no two tensors are equal. */
function randomWeights(dims: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
  for (let index = 0; index < values.length; index++) values[index] = (Math.random() - 0.5) * 0.05;
  return values;
}

async function peerBlock(threads: number): Promise<{ runtime: string; milliseconds: number } | undefined> {
  const script = join(import.meta.dirname, "peer-block.py");
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { stdout } = await promisify(execFile)(python, [script, String(tokens), String(threads), String(runs)]);
      const { runtime, milliseconds } = JSON.parse(stdout) as { runtime: string; milliseconds: number[] };
      return { runtime, milliseconds: summarise(milliseconds).median };
    } catch {
      // This interpreter, or torch in it, is not here.
    }
  }
  return undefined;
}
