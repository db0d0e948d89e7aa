import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession } from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { feed, float32Tensor, runtime } from "../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { conv2d } from "../graph/ops/convolution.ts";
import { linear } from "../graph/ops/linear.ts";
import type { FloatDtype } from "../graph/value.ts";
import { elementCount } from "../tensor.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { readSafetensors, readTensorBytes } from "./formats/safetensors.ts";
import { writeCheckpoint } from "./formats/write-checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "./formats/write-safetensors.ts";
import { int8RowsMetadata, int8RowsPart } from "./int8-rows.ts";
import { readTensor, readTensorRows } from "./tensor-values.ts";
import { checkpointWeights } from "./weight-source.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "int8-rows-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

const random = seededRandom(11);
const randomTensor = (...shape: number[]) => {
  const count = elementCount(shape);
  return float32Tensor(
    shape,
    Array.from({ length: count }, () => random() - 0.5),
  );
};
const float = {
  "f.weight": randomTensor(32, 65),
  "f.bias": randomTensor(32),
  "c.weight": randomTensor(16, 16, 3, 3),
  "c.bias": randomTensor(16),
  small: randomTensor(2, 1023),
  long: randomTensor(4096),
};

/** @returns the checkpoint with the tensors above, converted */
async function convertedCheckpoint() {
  const plain = join(folder, "plain");
  writeFileSync(plain, encodeSafetensors(float));
  const parts = Array.from(readSafetensors(plain).tensors, ([name, tensor]) => int8RowsPart(name, tensor));
  await writeCheckpoint(join(folder, "model.safetensors"), parts, { metadata: int8RowsMetadata });
  return openCheckpoint(folder);
}

it("turns tensors of two axes or more and 2048 values or more, and shows them under their own names", async () => {
  const { tensors } = await convertedCheckpoint();
  expect(Array.from(tensors, ([name, { dtype, shape, rowScales }]) => [name, dtype, shape, rowScales?.shape])).toEqual([
    ["f.weight", "I8", [32, 65], [32]],
    ["f.bias", "F32", [32], undefined],
    ["c.weight", "I8", [16, 16, 3, 3], [16]],
    ["c.bias", "F32", [16], undefined],
    ["small", "F32", [2, 1023], undefined],
    ["long", "F32", [4096], undefined],
  ]);
  expect(new Uint8Array(readTensorBytes(tensors.get("small")!))).toEqual(float.small.bytes);
});

it.each([1, 130, 700, 2080])("writes the same in blocks of %d values as at once", (blockValues) => {
  const plain = join(folder, "plain");
  writeFileSync(plain, encodeSafetensors(float));
  for (const [name, tensor] of readSafetensors(plain).tensors) {
    const whole = Buffer.concat([...int8RowsPart(name, tensor).bytes()]);
    expect(Buffer.concat([...int8RowsPart(name, tensor, blockValues).bytes()]).equals(whole), name).toBe(true);
  }
});

it("reads single rows as it reads all of them", async () => {
  const tensor = (await convertedCheckpoint()).tensors.get("f.weight")!;
  const all = readTensor(tensor);
  expect([...readTensorRows(tensor, [31, 0, 31])]).toEqual(
    [31, 0, 31].flatMap((row) => [...all.subarray(row * 65, row * 65 + 65)]),
  );
  expect(() => readTensorRows(tensor, [32])).toThrow("row must be an integer in 0..31, got 32");
});

function build(g: GraphBuilder): void {
  g.output("y", linear(g, g.input("x", "float32", ["S", 65]), "f", 32, { bias: true }));
  g.output("z", conv2d(g, g.input("image", "float32", [1, 16, "h", "w"]), "c", 16, 3));
}

it("gives a graph exactly the numbers of a float checkpoint with the rounded weights", async () => {
  const converted = await convertedCheckpoint();
  const rounded = join(folder, "rounded");
  const tensors = Array.from(converted.tensors, ([name, tensor]): [string, TensorToWrite] => [
    name,
    float32Tensor(tensor.shape, [...readTensor(tensor)]),
  ]);
  writeFileSync(rounded, encodeSafetensors(Object.fromEntries(tensors)));
  const feeds = { x: feed([2, 65], values(130)), image: feed([1, 16, 3, 4], values(192)) };
  const run = async (checkpoint: Parameters<typeof checkpointWeights>[0]) => {
    const g = new GraphBuilder({ weights: checkpointWeights(checkpoint) });
    build(g);
    const { bytes, ...options } = encodeModel(g, "test");
    const session = await runtime.createSession(bytes, options);
    const outputs = await session.run(feeds);
    await session.release();
    return ["y", "z"].map((name) => outputs.get(name)?.data);
  };
  expect(await run(converted)).toEqual(await run({ folder, tensors: readSafetensors(rounded).tensors }));
});

const values = (count: number) => Array.from({ length: count }, () => random() - 0.5);

it("leaves the runtime nothing to compute but what a float checkpoint would", async () => {
  const g = new GraphBuilder({ weights: checkpointWeights(await convertedCheckpoint()) });
  build(g);
  const { bytes, weightsRoot = "" } = encodeModel(g, "test");
  const optimized = join(folder, "optimized.onnx");
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: "basic",
    optimizedModelFilePath: optimized,
    extra: { session: { model_external_initializers_file_folder_path: weightsRoot } },
  });
  await session.release();
  const ops = fromBinary(ModelProtoSchema, readFileSync(optimized)).graph?.node.map(({ opType }) => opType);
  expect(ops?.filter((op) => op !== "Identity").toSorted()).toEqual(["Conv", "Gemm"]);
});

it.each([
  "float32",
  "bfloat16",
] as const)("reads the file in place and rounds to %s last", async (computeDtype: FloatDtype) => {
  const checkpoint = await convertedCheckpoint();
  const g = new GraphBuilder({ weights: checkpointWeights(checkpoint), computeDtype });
  const read = () => g.weight("f.weight", [32, 65]);
  expect(read()).toBe(read());
  expect(read()).toMatchObject({ dtype: computeDtype, dims: [32, 65] });
  expect(g.nodes.map(({ op }) => op)).toEqual(["Cast", "Mul", ...(computeDtype === "float32" ? [] : ["Cast"])]);
  const { offset, length, file, rowScales } = checkpoint.tensors.get("f.weight")!;
  expect(g.initializers.map(({ value, data }) => [value.dtype, value.dims, data])).toEqual([
    ["int8", [32, 65], { external: { file, offset, length } }],
    ["float32", [32, 1], { external: { file, offset: rowScales?.offset, length: 128 } }],
  ]);
  expect(g.weight("c.weight", [16, 16, 3, 3], [16, 144]).dims).toEqual([16, 144]);
});

it("refuses weights that are not finite", async () => {
  const path = join(folder, "nan");
  const tensor = { ...randomTensor(2, 1024) };
  new Float32Array(tensor.bytes.buffer)[5] = Number.NaN;
  writeFileSync(path, encodeSafetensors({ w: tensor }));
  const part = int8RowsPart("w", readSafetensors(path).tensors.get("w")!);
  expect(() => [...part.bytes()]).toThrow(
    new InvalidFileError(`${path}: tensor w: expected finite values; the file is damaged`),
  );
});

describe("a damaged file", () => {
  const int8 = (...shape: number[]): TensorToWrite => ({
    dtype: "I8",
    shape,
    bytes: new Uint8Array(elementCount(shape)),
  });
  const scales = (...scales: number[]) => float32Tensor([scales.length], scales);
  it.each([
    ["without scales", { w: int8(2, 3) }, "tensor w: expected its scales w.row_scales, found none"],
    [
      "with too many scales",
      { w: int8(2, 3), "w.row_scales": scales(1, 1, 1) },
      "expected scales F32 [2], got F32 [3]",
    ],
    [
      "with a scale per value",
      { w: int8(2, 3), "w.row_scales": float32Tensor([2, 3], [1, 1, 1, 1, 1, 1]) },
      "tensor w: expected scales F32 [2], got F32 [2, 3]",
    ],
    ["with int8 scales", { w: int8(2, 3), "w.row_scales": int8(2) }, "tensor w: expected scales F32 [2], got I8 [2]"],
    ["with a NaN scale", { w: int8(2, 3), "w.row_scales": scales(1, Number.NaN) }, "got NaN for row 1"],
    ["with an infinite scale", { w: int8(2, 3), "w.row_scales": scales(1 / 0, 1) }, "got Infinity for row 0"],
    ["with a negative scale", { w: int8(2, 3), "w.row_scales": scales(1, -1) }, "got -1 for row 1"],
    ["with a scale of zero", { w: int8(2, 3), "w.row_scales": scales(0, 1) }, "got 0 for row 0"],
    [
      "with int8 of one axis",
      { w: int8(3), "w.row_scales": scales(1, 1, 1) },
      "two or more axes of an I8 tensor, got [3]",
    ],
    [
      "with scales of nothing",
      { "w.row_scales": scales(1) },
      "tensor w.row_scales: expected an I8 tensor that it scales",
    ],
    ["of a newer version", {}, 'got "int8-rows" version "2"', { ...int8RowsMetadata, z_image_format_version: "2" }],
    ["of another form", {}, 'got "int3-columns" version undefined', { z_image_format: "int3-columns" }],
  ])("is refused: %s", (_, tensors, message, metadata: Record<string, string> = int8RowsMetadata) => {
    const path = join(folder, "model.safetensors");
    writeFileSync(path, encodeSafetensors(tensors as Record<string, TensorToWrite>, metadata));
    expect(() => openCheckpoint(folder)).toThrow(InvalidFileError);
    expect(() => openCheckpoint(folder)).toThrow(message);
    expect(() => openCheckpoint(folder)).toThrow(path);
  });

  it("is refused where int8 comes without a word on its form", () => {
    writeFileSync(
      join(folder, "model.safetensors"),
      encodeSafetensors({ w: int8(2, 3), "w.row_scales": scales(1, 1) }),
    );
    const g = new GraphBuilder({ weights: checkpointWeights(openCheckpoint(folder)) });
    expect(() => g.weight("w", [2, 3])).toThrow("tensor w: expected F32, F16 or BF16 weights, got I8");
  });
});
