import { expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import type { ScaledCodes, StoredTensor } from "../formats/safetensors.ts";
import { readTensor, sliceRows } from "../tensor-values.ts";
import { int8Form } from "./int8-form.ts";

const { tensors } = storedTensors({
  codes: bytesTensor("I8", [3, 2], [1, 2, 3, 4, 5, 6]),
  rows: float32Tensor([3, 1], [10, 20, 30]),
  one: float32Tensor([1], [7]),
});
const scaled = (scales: string, changes: Partial<ScaledCodes> = {}, blockRows = 1, columns = 1): StoredTensor => ({
  ...tensors.get("codes")!,
  codes: {
    code: "int8",
    scales: { scales: tensors.get(scales)!, blockRows, blockColumns: 2, columns, tiled: false },
    globalScale: undefined,
    rotationGroup: undefined,
    firstRow: 0,
    ...changes,
  },
});

it("tells codes as they lie and a scale per row, of a slice its own", () => {
  const tensor = scaled("rows", { rotationGroup: 256 });
  const form = int8Form(tensor)!;
  expect([form.scalesPer, form.rotationGroup, form.codes.codes]).toEqual(["row", 256, undefined]);
  expect([...readTensor(form.scales)]).toEqual([10, 20, 30]);
  const slice = int8Form(sliceRows(tensor, 1, 2))!;
  expect([...readTensor(slice.scales)]).toEqual([20, 30]);
  expect(slice.codes.shape).toEqual([2, 2]);
});

it("tells one scale of the tensor, for every slice", () => {
  const form = int8Form(sliceRows(scaled("one"), 2, 1))!;
  expect(form.scalesPer).toBe("tensor");
  expect([...readTensor(form.scales)]).toEqual([7]);
});

it("knows no other form", () => {
  expect(int8Form(tensors.get("rows")!)).toBeUndefined();
  expect(int8Form(scaled("rows", { code: "fp8" }))).toBeUndefined();
  expect(int8Form(scaled("rows", {}, 3))).toBeUndefined(); // blocks of rows
  expect(int8Form(scaled("rows", {}, 1, 2))).toBeUndefined(); // blocks along the rows
  expect(int8Form({ ...scaled("rows"), shape: [3, 1, 2] })).toBeUndefined();
});
