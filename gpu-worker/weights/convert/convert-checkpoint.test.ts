import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { blockFormMetadata } from "../block-form.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { withComfyNames } from "../convrot-form.ts";
import { readSafetensors, readTensorBytes } from "../formats/safetensors.ts";
import { encodeSafetensors } from "../formats/write-safetensors.ts";
import { readTensor } from "../tensor-values.ts";
import { convertCheckpoint } from "./convert-checkpoint.ts";
import { type ConversionTarget, planConversion } from "./plan-conversion.ts";
import { unfinishedPath } from "./unfinished-file.ts";

const folder = mkdtempSync(join(tmpdir(), "convert-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));
const source = goldenCheckpoint("tiny-turbo/transformer");
const original = openCheckpoint(source).tensors;

async function convert(target: ConversionTarget, name: string, threads = 0, pieceValues = 5000): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  const plans = Array.from(original, ([name, tensor]) => planConversion(name, tensor, target));
  const isOurs = target === "int8" || target === "int4";
  await convertCheckpoint(path, plans, { metadata: isOurs ? blockFormMetadata : undefined, threads, pieceValues });
  return path;
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares(actual.map((value, at) => value - expected[at]!)) / squares(expected));
}

// Half a step: of bfloat16 2⁻⁹ of a value, of 8 bits 1/254 of a block's largest, of 4 bits 1/16 of it; the root mean
// square is a third of that and less.
it.each([
  ["bf16", 0.003],
  ["int8", 0.006],
  ["int4", 0.09],
  ["int8-convrot", 0.01],
] as const)("keeps names and shapes in %s, and each value to %d of its tensor", async (target, limit) => {
  const converted = openCheckpoint(await convert(target, `${target}-values`)).tensors;
  expect([...converted.keys()].toSorted()).toEqual([...original.keys()].toSorted());
  let turned = 0;
  for (const [name, stored] of original) {
    const other = converted.get(name)!;
    expect(other.shape, name).toEqual(stored.shape);
    const error = relativeError(readTensor(other), readTensor(stored));
    expect(error, name).toBeLessThan(limit);
    if (error > 0) turned++;
  }
  expect(turned).toBeGreaterThan(target === "bf16" ? 50 : 3);
});

it("writes int8-convrot as ComfyUI reads it: its names, queries, keys and values as one matrix", async () => {
  const path = join(folder, "comfy.safetensors");
  const plans = Array.from(original, ([name, tensor]) => planConversion(name, tensor, "int8-convrot"));
  await convertCheckpoint(path, withComfyNames(plans), { pieceValues: 700 });
  const { tensors, metadata } = readSafetensors(path);
  const layer = "layers.0.attention.qkv";
  const [rows, width] = original.get("layers.0.attention.to_q.weight")!.shape as [number, number];
  const described = (name: string) => `${tensors.get(name)?.dtype} ${tensors.get(name)?.shape}`;
  expect(described(`${layer}.weight`)).toBe(`I8 ${3 * rows},${width}`);
  expect(described(`${layer}.weight_scale`)).toBe(`F32 ${3 * rows},1`);
  const note = readTensorBytes(tensors.get(`${layer}.comfy_quant`)!).toString();
  expect(JSON.parse(note)).toEqual({ format: "int8_tensorwise", convrot: true, convrot_groupsize: 4 });
  expect([...tensors.keys()].filter((name) => /to_[qkv]|to_out|norm_[qk]\.|^all_/.test(name))).toEqual([]);
  for (const name of ["x_embedder.weight", "final_layer.linear.weight", "layers.0.attention.out.weight"]) {
    expect(tensors.has(name), name).toBe(true);
  }
  expect([...metadata]).toEqual([]);
  const read = openCheckpoint(path, "transformer").tensors;
  expect([...read.keys()].toSorted()).toEqual([...original.keys()].toSorted());
  for (const part of ["to_q", "to_k", "to_v"]) {
    const name = `layers.0.attention.${part}.weight`;
    expect(relativeError(readTensor(read.get(name)!), readTensor(original.get(name)!)), part).toBeLessThan(0.01);
  }
});

it("writes the same bytes with threads as without, however the rows are cut", async () => {
  const alone = readFileSync(await convert("int4", "alone"));
  expect(readFileSync(await convert("int4", "threads", 2, 700)).equals(alone)).toBe(true);
});

it("leaves nothing of what it could not finish, and names the tensor that is damaged", async () => {
  const bad = join(folder, "bad.safetensors");
  const values = new Float32Array(64).fill(Number.NaN, 40, 41);
  const name = "layers.0.feed_forward.w1.weight";
  writeFileSync(
    bad,
    encodeSafetensors({ [name]: { dtype: "F32", shape: [2, 32], bytes: new Uint8Array(values.buffer) } }),
  );
  const plans = Array.from(openCheckpoint(bad).tensors, ([key, tensor]) => planConversion(key, tensor, "int4"));
  for (const threads of [0, 1]) {
    const converting = convertCheckpoint(join(folder, "out.safetensors"), plans, { threads });
    await expect(converting).rejects.toThrow(`bad.safetensors: tensor ${name}: expected finite values`);
  }
  const stop = AbortSignal.abort();
  await expect(convertCheckpoint(join(folder, "out.safetensors"), plans, { threads: 0, signal: stop })).rejects.toThrow(
    "aborted",
  );
  expect(readdirSync(folder).filter((file) => file.startsWith("out"))).toEqual([]);
  expect(existsSync(bad)).toBe(true);
});

it("writes under the name that tells who does, so that a later process can see whether that one is gone", async () => {
  const path = join(folder, "seen.safetensors");
  const plans = Array.from(original, ([name, tensor]) => planConversion(name, tensor, "bf16"));
  const seen = new Set<string>();
  const onTensor = () => {
    for (const name of readdirSync(folder)) if (name.startsWith("seen.")) seen.add(join(folder, name));
  };
  await convertCheckpoint(path, plans, { threads: 0, onTensor });
  expect([...seen]).toEqual([unfinishedPath(path)]);
});
