import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readTensor } from "../tensor-values.ts";
import { readSafetensors } from "./safetensors.ts";
import { type CheckpointPart, writeCheckpoint } from "./write-checkpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "write-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const pair: CheckpointPart = {
  tensors: [
    { name: "a", dtype: "F32", shape: [2] },
    { name: "b", dtype: "F32", shape: [] },
  ],
  // Cut where no tensor ends.
  bytes: () => [bytesOf(1, 2, 3).subarray(0, 5), bytesOf(1, 2, 3).subarray(5)],
};
const single: CheckpointPart = { tensors: [{ name: "c", dtype: "I8", shape: [0, 3] }], bytes: () => [] };

it("writes what a reader reads, and makes each part when its turn comes", async () => {
  const path = join(folder, "model.safetensors");
  const order: string[] = [];
  const noted = (part: CheckpointPart): CheckpointPart => ({
    ...part,
    bytes() {
      order.push(`make ${part.tensors[0]?.name}`);
      return part.bytes();
    },
  });
  const onPart = ({ tensors }: CheckpointPart) => order.push(`wrote ${tensors[0]?.name}`);
  await writeCheckpoint(path, [noted(pair), noted(single)], { metadata: { form: "plain" }, onPart });
  const { tensors, metadata } = readSafetensors(path);
  expect(Object.fromEntries(metadata)).toEqual({ form: "plain" });
  expect([...readTensor(tensors.get("a")!)]).toEqual([1, 2]);
  expect([...readTensor(tensors.get("b")!)]).toEqual([3]);
  expect(tensors.get("c")?.shape).toEqual([0, 3]);
  expect(order).toEqual(["make a", "wrote a", "make c", "wrote c"]);
  expect(readdirSync(folder)).toEqual(["model.safetensors"]);
});

it.each([
  ["too few bytes", { ...pair, bytes: () => [bytesOf(1)] }, "a: expected 12 bytes of values, got 4"],
  ["too many bytes", { ...pair, bytes: () => [bytesOf(1, 2, 3, 4)] }, "a: expected 12 bytes of values, got 16"],
  ["a name twice", { ...pair, tensors: [pair.tensors[1]!, pair.tensors[1]!] }, "two tensors are called b"],
])("leaves the file before it alone after %s", async (_, part, message) => {
  const path = join(folder, "model.safetensors");
  writeFileSync(path, "before");
  await expect(writeCheckpoint(path, [single, part])).rejects.toThrow(message);
  expect(readFileSync(path, "utf8")).toBe("before");
  expect(readdirSync(folder)).toEqual(["model.safetensors"]);
});

it("stops when told, and leaves nothing", async () => {
  const stop = new AbortController();
  const onPart = () => stop.abort();
  const path = join(folder, "model.safetensors");
  const later = { ...pair, tensors: [{ name: "d", dtype: "F32", shape: [3] }] } as const;
  await expect(writeCheckpoint(path, [pair, later], { onPart, signal: stop.signal })).rejects.toThrow("aborted");
  expect(readdirSync(folder)).toEqual([]);
});
