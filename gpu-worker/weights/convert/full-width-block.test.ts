import { closeSync, existsSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { relativeError } from "../../../test/support/engine/relative-error.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { transformerBlock } from "../../graph/blocks/transformer-block.ts";
import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { recordingWeights } from "../../graph/weight-audit.ts";
import { elementCount } from "../../tensor.ts";
import { blockFormMetadata } from "../block-form.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { safetensorsHeader } from "../formats/write-safetensors.ts";
import { checkpointWeights } from "../weight-source.ts";
import { convertCheckpoint } from "./convert-checkpoint.ts";
import { planConversion } from "./plan-conversion.ts";

/** The main layers of the released models. */
const config = { heads: 30, headDim: 128, eps: 1e-5, feedForwardHidden: 10240 };
const dim = 3840;
const tokens = 32;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "full-width-")));
afterAll(() => rmSync(folder, { recursive: true }));
const original = join(folder, "bf16.safetensors");
let reference: Float32Array;
const x = gaussian(1, tokens * dim, 1);

/**
 * Sums of four uniform numbers: near enough to a normal distribution, with its few large values that make quantising
 * hard.
 */
function gaussian(seed: number, count: number, deviation: number): Float32Array {
  const random = seededRandom(seed);
  const stretch = deviation * Math.sqrt(3);
  return Float32Array.from({ length: count }, () => (random() + random() + random() + random() - 2) * stretch);
}

function buildBlock(g: GraphBuilder): void {
  const input = g.input("x", "float32", [1, "S", dim]);
  const timeEmbedding = g.input("time_embedding", "float32", [1, 256]);
  const cos = g.input("rotary_cos", "float32", ["S", config.headDim / 2]);
  const sin = g.input("rotary_sin", "float32", ["S", config.headDim / 2]);
  const positions = g.input("positions", "int64", [1, "S"]);
  const inputs = { rotary: { cos, sin, positions }, timeEmbedding };
  g.output(
    "y",
    g.scope("layers.0", () => transformerBlock(g, input, inputs, config)),
  );
}

async function runBlock(path: string, accuracyLevel: 0 | 4 = 4): Promise<Float32Array> {
  const g = new GraphBuilder({ weights: checkpointWeights(openCheckpoint(path)), accuracyLevel });
  buildBlock(g);
  const { bytes, ...options } = encodeModel(g, "block");
  const session = await runtime.createSession(bytes, options);
  const angles = gaussian(2, tokens * 64, 2);
  const outputs = await session.run({
    x: { dtype: "float32", dims: [1, tokens, dim], data: x },
    time_embedding: { dtype: "float32", dims: [1, 256], data: gaussian(3, 256, 1) },
    rotary_cos: { dtype: "float32", dims: [tokens, 64], data: angles.map(Math.cos) },
    rotary_sin: { dtype: "float32", dims: [tokens, 64], data: angles.map(Math.sin) },
    positions: { dtype: "int64", dims: [1, tokens], data: BigInt64Array.from({ length: tokens }, (_, i) => BigInt(i)) },
  });
  await session.release();
  return outputs.get("y")!.data as Float32Array;
}

/**
 * 181 million values in bfloat16: 24 thousand random numbers of each matrix's scale, over and over from another start,
 * so that no two rows are alike.
 */
function writeBlock(path: string): void {
  const { source, reads } = recordingWeights();
  buildBlock(new GraphBuilder({ weights: source }));
  const entries = reads.map(({ name, dims }) => ({
    name,
    dtype: "BF16" as const,
    shape: dims,
    length: 2 * elementCount(dims),
  }));
  const file = openSync(path, "w");
  writeSync(file, safetensorsHeader(entries));
  const pool = 24_007; // prime
  reads.forEach(({ name, dims }, index) => {
    const isNorm = /norm[\w]*\.weight$/.test(name);
    const values = gaussian(10 + index, pool, isNorm ? 0.2 : (dims.at(-1) ?? 1) ** -0.5);
    const singles = values.map((value) => value + (isNorm ? 1 : 0));
    const halves = Uint16Array.from(new Uint32Array(singles.buffer), (bits) => bits >>> 16);
    const bytes = Buffer.alloc(2 * elementCount(dims), new Uint8Array(halves.buffer));
    writeSync(file, bytes);
  });
  closeSync(file);
}

async function converted(target: "int8" | "int4"): Promise<string> {
  const path = join(folder, `${target}.safetensors`);
  if (existsSync(path)) return path;
  const plans = Array.from(openCheckpoint(original).tensors, ([name, tensor]) => planConversion(name, tensor, target));
  await convertCheckpoint(path, plans, { metadata: blockFormMetadata });
  return path;
}

beforeAll(async () => {
  writeBlock(original);
  reference = await runBlock(original);
}, 300_000);

// Level 0 computes with exact activations, as CUDA does; level 4, which the engine takes on a CPU, with activations in
// 8 bits.
it.each([
  ["int8", 0, 0.01, 0.02],
  ["int8", 4, 0.02, 0.03],
  ["int4", 4, 0.1, 0.15],
] as const)(
  "a block of the released size in %s at level %d differs by at most %d from float32, and its own contribution by %d",
  async (target, accuracyLevel, limit, ownLimit) => {
    const actual = await runBlock(await converted(target), accuracyLevel);
    const error = relativeError(actual, reference);
    const ownError = relativeError(actual, reference, x);
    console.log(
      `${target}: relative error of the output ${error.toPrecision(3)}, of what the block adds ${ownError.toPrecision(3)}`,
    );
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(limit);
    expect(ownError).toBeLessThan(ownLimit);
  },
  300_000,
);
