import type { StoredTensor } from "../formats/safetensors.ts";
import { sliceRows } from "../tensor-values.ts";

/** A matrix that is int8 in its file, as it lies there. */
export interface Int8Form {
  /** I8 `[out, in]`, −128..127. */
  readonly codes: StoredTensor;
  /** Floats; one value, or one for each of the rows of `codes`. */
  readonly scales: StoredTensor;
  readonly scalesPer: "row" | "tensor";
  /** Inputs that `rotateGroups` mixed before rounding: `codes · scale = W · H`. Absent where nothing was rotated. */
  readonly rotationGroup: number | undefined;
}

/**
 * How a weight is held as int8, for who multiplies it so; `undefined` for every other form, and for scales per block.
 */
export function int8Form(tensor: StoredTensor): Int8Form | undefined {
  const { codes: scaled, ...codes } = tensor;
  if (scaled?.code !== "int8" || tensor.shape.length !== 2) return undefined;
  const { scales, blockRows, columns } = scaled.scales;
  const { rotationGroup, firstRow } = scaled;
  const [rows = 0] = tensor.shape;
  if (scales.shape.every((size) => size === 1)) return { codes, scales, scalesPer: "tensor", rotationGroup };
  if (blockRows !== 1 || columns !== 1) return undefined;
  return { codes, scales: sliceRows(scales, firstRow, rows), scalesPer: "row", rotationGroup };
}
