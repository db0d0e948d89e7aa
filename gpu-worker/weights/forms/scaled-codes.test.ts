import { expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import type { ScaledCodes, ScaleGrid, StoredTensor } from "../formats/safetensors.ts";
import type { TensorToWrite } from "../formats/write-safetensors.ts";
import { rotateGroups } from "./hadamard.ts";
import { readScaledRows } from "./scaled-codes.ts";

/** A matrix of codes and its scales, as `forms/` finds them in a file. */
function scaled(
  code: ScaledCodes["code"],
  shape: readonly number[],
  codes: TensorToWrite,
  scales: TensorToWrite,
  grid: Omit<ScaleGrid, "scales" | "tiled"> & { readonly tiled?: boolean },
  more: { readonly rotationGroup?: number; readonly globalScale?: number } = {},
): StoredTensor {
  const all = { codes, scales, global: float32Tensor([1], [more.globalScale ?? 1]) };
  const { tensors } = storedTensors(all);
  return {
    ...tensors.get("codes")!,
    shape,
    codes: {
      code,
      scales: { tiled: false, ...grid, scales: tensors.get("scales")! },
      globalScale: more.globalScale === undefined ? undefined : tensors.get("global")!,
      rotationGroup: more.rotationGroup,
      firstRow: 0,
    },
  };
}

it("multiplies int8 by the scale of the row", () => {
  const codes = bytesTensor("I8", [3, 2], Int8Array.of(1, -2, 3, 4, -128, 127).buffer);
  const grid = { blockRows: 1, blockColumns: 2, columns: 1 };
  const tensor = scaled("int8", [3, 2], codes, float32Tensor([3, 1], [1, 10, 0.5]), grid);
  expect([...readScaledRows(tensor, 0, 3)]).toEqual([1, -2, 30, 40, -64, 63.5]);
  expect([...readScaledRows(tensor, 2, 1)]).toEqual([-64, 63.5]);
});

it("multiplies fp8 by the scale of its block of rows and columns, the last ones shorter", () => {
  const codes = bytesTensor("F8_E4M3", [3, 5], new Uint8Array(15).fill(0x38)); // 1
  const grid = { blockRows: 2, blockColumns: 3, columns: 2 };
  const tensor = scaled("fp8", [3, 5], codes, float32Tensor([2, 2], [1, 2, 3, 4]), grid);
  expect([...readScaledRows(tensor, 1, 2)]).toEqual([1, 1, 1, 2, 2, 3, 3, 3, 4, 4]);
  const slice = { ...tensor, codes: { ...tensor.codes!, firstRow: 2 } };
  expect([...readScaledRows(slice, 0, 1)]).toEqual([3, 3, 3, 4, 4]);
});

it("reads the high nibble of fp4 first, and multiplies by the scale of all", () => {
  const codes = bytesTensor("U8", [1, 4], [0x1f, 0x70, 0x08, 0x29]);
  const grid = { blockRows: 1, blockColumns: 4, columns: 2 };
  const tensor = scaled("fp4", [1, 8], codes, float32Tensor([1, 2], [1, 2]), grid, { globalScale: 10 });
  expect([...readScaledRows(tensor, 0, 1)]).toEqual([5, -60, 60, 0, 0, -0, 20, -10]);
});

it("takes U8 scales for exponents of two", () => {
  const codes = bytesTensor("F8_E4M3", [1, 2], [0x38, 0x38]);
  const grid = { blockRows: 1, blockColumns: 1, columns: 2 };
  const tensor = scaled("fp8", [1, 2], codes, bytesTensor("U8", [1, 2], [127 + 3, 127 - 1]), grid);
  expect([...readScaledRows(tensor, 0, 1)]).toEqual([8, 0.5]);
});

it("finds scales in the tensor cores' tiles of 128 × 4", () => {
  // Column 5 is in the second tile, row 33 in the second quarter of a row of sixteen: 512 + 1 · 16 + 4 + 1.
  const scales = new Float32Array(2 * 512);
  scales[512 + 16 + 4 + 1] = 7;
  const codes = bytesTensor("F8_E4M3", [40, 6], new Uint8Array(240).fill(0x38));
  const grid = { blockRows: 1, blockColumns: 1, columns: 6, tiled: true };
  const tensor = scaled("fp8", [40, 6], codes, bytesTensor("F32", [128, 8], scales.buffer), grid);
  expect([...readScaledRows(tensor, 33, 1)]).toEqual([0, 0, 0, 0, 0, 7]);
});

it("rotates back what was rotated", () => {
  const codes = bytesTensor("I8", [1, 4], Int8Array.of(10, -20, 30, 40).buffer);
  const grid = { blockRows: 1, blockColumns: 4, columns: 1 };
  const tensor = scaled("int8", [1, 4], codes, float32Tensor([1], [0.5]), grid, { rotationGroup: 4 });
  const values = Float32Array.of(5, -10, 15, 20);
  rotateGroups(values, 4);
  expect(readScaledRows(tensor, 0, 1)).toEqual(values);
});
