import { expect, it } from "vitest";
import { float32Tensor } from "../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../test/support/engine/stored-tensors.ts";
import { encodeQ8 } from "../../test/support/weights/gguf-file.ts";
import type { StoredTensor } from "./formats/safetensors.ts";
import { readTensor, readTensorRows, readTensorValues, sliceRows } from "./tensor-values.ts";

const { tensors } = storedTensors({
  odd: bytesTensor("U8", [1], [0]), // what follows does not begin at a multiple of four
  table: float32Tensor([3, 2], [0, 1, 2, 3, 4, 5]),
  rows: bytesTensor("I8", [2, 2], Int8Array.of(1, -2, 3, 4).buffer),
  rowScales: float32Tensor([2], [0.5, 10]),
  codes: bytesTensor("U8", [2, 1, 16], [...new Array(16).fill(0x98), ...new Array(16).fill(0x79)]),
  blockScales: float32Tensor([2, 1], [1, 100]),
  ggml: bytesTensor("U8", [2 * 34], encodeQ8(Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 127 : -254)))),
});
const stored = (name: string) => tensors.get(name)!;
const rows: StoredTensor = { ...stored("rows"), rowScales: stored("rowScales") };
// Nibbles 8 and 9 of the first row, 9 and 7 of the second: codes 0, 1 and 1, −1.
const blocks: StoredTensor = {
  ...stored("codes"),
  shape: [2, 32],
  blocks: { bits: 4, blockSize: 32, scales: stored("blockScales") },
};
const ggml: StoredTensor = { ...stored("ggml"), shape: [2, 32], ggml: "Q8_0" };
const scaled: StoredTensor = {
  ...stored("rows"),
  codes: {
    code: "int8",
    scales: { scales: stored("rowScales"), blockRows: 1, blockColumns: 2, columns: 1, tiled: false },
    globalScale: undefined,
    rotationGroup: undefined,
    firstRow: 0,
  },
};

it.each<[string, StoredTensor, number[], number[]]>([
  ["floats", stored("table"), [0, 1, 2, 3, 4, 5], [2, 3, 4, 5]],
  ["int8 with a scale per row", rows, [0.5, -1, 30, 40], [30, 40]],
  ["blocks of 4 bits", blocks, [...alternating(0, 1), ...alternating(100, -100)], alternating(100, -100)],
  ["ggml blocks", ggml, [...repeated(127), ...repeated(-254)], repeated(-254)],
  ["scaled codes", scaled, [0.5, -1, 30, 40], [30, 40]],
])("reads %s as a whole and from the second row on", (_, tensor, whole, fromSecond) => {
  expect([...readTensor(tensor)]).toEqual(whole);
  const width = tensor.shape[1]!;
  expect([...readTensorValues(tensor, width, fromSecond.length)]).toEqual(fromSecond);
  expect([...readTensor(sliceRows(tensor, 1, fromSecond.length / width))]).toEqual(fromSecond);
});

function alternating(a: number, b: number): number[] {
  return Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? a : b));
}
function repeated(value: number): number[] {
  return new Array<number>(32).fill(value);
}

it("reads rows in the order asked for, and refuses rows outside", () => {
  const table = stored("table");
  expect([...readTensorRows(table, [2, 0, 2])]).toEqual([4, 5, 0, 1, 4, 5]);
  expect(() => readTensorRows(table, [3])).toThrow("row must be an integer in 0..2, got 3");
  expect(() => readTensorRows(table, [-1])).toThrow("got -1");
});

it("slices rows without reading a value, under other axes too", () => {
  const slice = sliceRows(stored("table"), 1, 2, [2, 1, 2]);
  expect([slice.shape, slice.length, slice.offset - stored("table").offset]).toEqual([[2, 1, 2], 16, 8]);
  expect(() => sliceRows(stored("table"), 2, 2)).toThrow("no rows 2..4 of 3");
});
