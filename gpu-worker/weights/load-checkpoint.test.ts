import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { caseFile } from "../../test/support/engine/case-file.ts";
import { expectClose } from "../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { seededBytes, seededRandom } from "../../test/support/seeded-random.ts";
import { encodeGguf, encodeQ4, encodeQ8, type GgufTensor, half } from "../../test/support/weights/gguf-file.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { linear } from "../graph/ops/linear.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { unfinishedPath } from "./convert/unfinished-file.ts";
import { encodeSafetensors } from "./formats/write-safetensors.ts";
import { loadCheckpoint } from "./load-checkpoint.ts";
import { readTensor } from "./tensor-values.ts";
import { checkpointWeights } from "./weight-source.ts";

const folder = mkdtempSync(join(tmpdir(), "load-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "z.gguf");

const random = seededRandom(9);
const noise = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
const f32 = (values: Float32Array) => new Uint8Array(values.buffer);
/** Any bytes are Q4_K codes; the two float16 at the start of each block are kept small. */
const q4K = seededBytes(3, 16 * 144);
for (let block = 0; block < 16; block++) q4K.set([...half(0.01), ...half(0.02)], 144 * block);

const tensors: GgufTensor[] = [
  { name: "model.diffusion_model.x_embedder.weight", shape: [32, 64], type: 8, bytes: encodeQ8(noise(32 * 64)) },
  {
    name: "model.diffusion_model.layers.0.attention.qkv.weight",
    shape: [96, 32],
    type: 8,
    bytes: encodeQ8(noise(96 * 32)),
  },
  {
    name: "model.diffusion_model.layers.0.feed_forward.w1.weight",
    shape: [64, 32],
    type: 2,
    bytes: encodeQ4(noise(64 * 32)),
  },
  { name: "model.diffusion_model.layers.0.feed_forward.w2.weight", shape: [16, 256], type: 12, bytes: q4K },
  { name: "model.diffusion_model.layers.0.attention_norm1.weight", shape: [32], type: 0, bytes: f32(noise(32)) },
];
beforeAll(() => writeFileSync(path, encodeGguf(tensors)));

/** `x Wᵀ` of the dequantised weights, in float64. */
function expected(name: string, x: Float32Array): Float32Array {
  const stored = openCheckpoint(path).tensors.get(name)!;
  const [rows = 0, width = 0] = stored.shape;
  const w = readTensor(stored);
  return Float32Array.from({ length: 2 * rows }, (_, at) => {
    const [token, row] = [Math.floor(at / rows), at % rows];
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[token * width + i]! * w[row * width + i]!;
    return sum;
  });
}

it.each([
  ["Q8_0, whose codes the runtime takes as they are", "layers.0.attention.to_k", 32, 32, 1e-5],
  ["Q4_0, likewise", "layers.0.feed_forward.w1", 64, 32, 1e-5],
  // 256 products of about 1 · 2, each off by at most 1/254 of its block's largest value.
  ["Q4_K, in 8 bits", "layers.0.feed_forward.w2", 16, 256, 0.4],
  ["a layer outside the blocks, in float32", "all_x_embedder.2-1", 32, 64, 1e-5],
])("multiplies by %s", async (_, name, out, width, tolerance) => {
  const x = noise(2 * width);
  const g = new GraphBuilder({ weights: checkpointWeights(await loadCheckpoint(path)), accuracyLevel: 0 });
  g.output("y", linear(g, g.input("x", "float32", [1, "S", width]), name, out));
  const { bytes, ...options } = encodeModel(g, "test");
  const session = await runtime.createSession(bytes, options);
  const outputs = await session.run({ x: { dtype: "float32", data: x, dims: [1, 2, width] } });
  await session.release();
  expectClose(outputs.get("y")!.data as Float32Array, expected(`${name}.weight`, x), tolerance);
});

const files = () => readdirSync(folder).filter((name) => name.startsWith("."));

it("lays a file out once, and again in place of the old layout when it has changed", async () => {
  await loadCheckpoint(path);
  await loadCheckpoint(folder); // the folder of one file is the same checkpoint
  const before = files();
  expect(before).toHaveLength(1);
  utimesSync(path, 1, 1);
  await loadCheckpoint(path);
  expect(files()).toHaveLength(1);
  expect(files()).not.toEqual(before);
  expect((await loadCheckpoint(path)).tensors.get("layers.0.attention_norm1.weight")?.file).toContain("z.gguf");
});

it("clears away what killed processes left of a layout, and nothing that is still being written or is another file's", async () => {
  await loadCheckpoint(path);
  const [layout] = files();
  const { pid: gone } = spawnSync(process.execPath, ["--version"]);
  const unfinished = (pid: number, of = layout!) =>
    basename(unfinishedPath(of)).replace(`-${process.pid}.`, `-${pid}.`);
  const otherHost = `${layout}.elsewhere-${gone}.partial`;
  const kept = [
    layout!,
    unfinished(1), // it always lives
    unfinished(process.pid),
    otherHost,
    ".z.gguf.notes",
    ".y.gguf.1-1.blocks.safetensors",
    unfinished(gone, ".z.gguf.old.1-1.blocks.safetensors"),
  ].toSorted();
  const useless = [unfinished(gone), unfinished(gone, ".z.gguf.1-1.blocks.safetensors")];
  for (const name of [...kept, ...useless]) if (name !== layout) writeFileSync(join(folder, name), "");
  await loadCheckpoint(path);
  expect(files().toSorted()).toEqual(kept);

  for (const name of [otherHost, unfinished(process.pid)]) utimesSync(join(folder, name), 1, 1);
  await loadCheckpoint(path);
  const stay = kept.filter((name) => name !== otherHost && name !== unfinished(process.pid));
  expect(files().toSorted()).toEqual(stay);
  for (const name of stay) if (name !== layout) rmSync(join(folder, name));
});

it.skipIf(process.getuid?.() === 0)("says what to do when there is no place for the new layout", async () => {
  for (const name of readdirSync(folder)) if (name.startsWith(".")) rmSync(join(folder, name));
  chmodSync(folder, 0o555);
  try {
    await expect(loadCheckpoint(path)).rejects.toThrow("make the folder writable");
  } finally {
    chmodSync(folder, 0o755);
  }
});

it("names the file that a graph cannot read without a new layout", () => {
  const g = new GraphBuilder({ weights: checkpointWeights(openCheckpoint(path)) });
  const x = g.input("x", "float32", [1, "S", 32]);
  expect(() => linear(g, x, "layers.0.feed_forward.w1", 64)).toThrow(
    "z.gguf: tensor layers.0.feed_forward.w1.weight: Q4_0 cannot be used here",
  );
});

it("expands a small file of fp8 to exactly its values, in place of a second rounding", async () => {
  const dir = mkdtempSync(join(tmpdir(), "load-fp8-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "z.safetensors");
  cpSync(caseFile("03-fp8-scaled/fp8-scaled.safetensors"), file);
  const stored = openCheckpoint(file).tensors;
  const { tensors } = await loadCheckpoint(file, "transformer");
  for (const [name, tensor] of tensors) {
    expect([...readTensor(tensor)], name).toEqual([...readTensor(stored.get(name)!)]);
    expect(checkpointWeights({ folder: dir, tensors }).weight(name, tensor.shape)?.dtype).toBe("float32");
  }
});

it("lays out the components of one file side by side", async () => {
  const dir = mkdtempSync(join(tmpdir(), "load-aio-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "aio.safetensors");
  const one = { dtype: "F8_E4M3", shape: [1, 1], bytes: Uint8Array.of(0x38) } as const;
  const names = {
    transformer: "model.diffusion_model.layers.0.feed_forward.w1.weight",
    text_encoder: "text_encoders.qwen3_4b.transformer.model.layers.0.mlp.up_proj.weight",
  };
  writeFileSync(file, encodeSafetensors({ [names.transformer]: one, [names.text_encoder]: one }));
  for (const component of ["transformer", "text_encoder", "transformer"] as const) {
    const { tensors } = await loadCheckpoint(file, component);
    expect(tensors.size).toBe(1);
  }
  expect(readdirSync(dir).filter((name) => name.startsWith("."))).toHaveLength(2);
});
