import { expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import type { StoredTensor } from "./formats/safetensors.ts";
import { checkpointWeights } from "./weight-source.ts";

const at = (offset: number, length: number) => ({ file: "/model.safetensors", offset, length });
const stored = (dtype: StoredTensor["dtype"], more: Partial<StoredTensor> = {}): StoredTensor => ({
  ...at(8, 128),
  dtype,
  shape: [2, 64],
  ...more,
});
const scales: StoredTensor = { ...at(136, 8), dtype: "F32", shape: [2, 1] };
const codes = (rotationGroup: number | undefined): StoredTensor["codes"] => ({
  code: "int8",
  scales: { scales, blockRows: 1, blockColumns: 64, columns: 1, tiled: false },
  globalScale: undefined,
  rotationGroup,
  firstRow: 0,
});
const weight = (tensor: StoredTensor) =>
  checkpointWeights({ folder: "/model", tensors: new Map([["w", tensor]]) }).weight("w", []);

it("says where floats of 16 and 32 bits lie", () => {
  expect(weight(stored("F32"))).toEqual({ dtype: "float32", shape: [2, 64], data: at(8, 128) });
  expect(weight(stored("F16"))!.dtype).toBe("float16");
  expect(weight(stored("BF16"))!.dtype).toBe("bfloat16");
});

it("says where the scales of quantised weights lie", () => {
  const data = at(8, 128);
  expect(weight(stored("I8", { rowScales: scales }))).toEqual({
    dtype: "int8",
    shape: [2, 64],
    data,
    rowScales: at(136, 8),
  });
  expect(weight(stored("U8", { blocks: { bits: 4, blockSize: 32, scales } }))).toEqual({
    dtype: "uint8",
    shape: [2, 64],
    data,
    bits: 4,
    blockSize: 32,
    scales: at(136, 8),
  });
  expect(weight(stored("I8", { codes: codes(64) }))).toEqual({
    dtype: "int8",
    shape: [2, 64],
    data,
    rowScales: at(136, 8),
    rotation: 64,
  });
});

it("has nothing under names that the checkpoint does not have", () => {
  const source = checkpointWeights({ folder: "/model", tensors: new Map() });
  expect(source.weight("w", [1])).toBeUndefined();
  expect(source.description).toBe("/model");
});

it.each<[string, StoredTensor, RegExp]>([
  [
    "ggml blocks",
    stored("U8", { ggml: "Q4_K" }),
    /^\/model\.safetensors: tensor w: Q4_K cannot be used here .*convert --to bf16$/,
  ],
  ["codes of another program", stored("I8", { codes: codes(undefined) }), /tensor w: int8\S* cannot be used here/],
  ["integers", stored("I32"), /tensor w: expected F32, F16 or BF16 weights, got I32/],
])("refuses %s", (_, tensor, message) => {
  expect(() => weight(tensor)).toThrow(InvalidFileError);
  expect(() => weight(tensor)).toThrow(message);
});
