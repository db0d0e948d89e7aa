import { elementCount } from "../../tensor.ts";
import { readTensorBytes, type ScaledCodes, type StoredTensor } from "../formats/safetensors.ts";
import { decodeFloat8, isFloat8 } from "./float8.ts";
import { rotateGroups } from "./hadamard.ts";
import { readPlainValues } from "./plain-values.ts";

/** Tiles of the tensor cores' order. */
const tileRows = 128;
const tileColumns = 4;

const e2m1 = Float32Array.of(0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6);

/**
 * Rows `first` to `first + count − 1` of a matrix of scaled codes, each product rounded to float32.
 * @param tensor - with `codes`; its shape is that of the values
 * @returns `[count, width]`, width the product of all axes but the first
 */
export function readScaledRows(tensor: StoredTensor, first: number, count: number): Float32Array<ArrayBuffer> {
  const { codes } = tensor;
  if (!codes) throw new Error("readScaledRows is for tensors with codes");
  const width = elementCount(tensor.shape.slice(1));
  const values = decodeCodes(tensor, codes, first * width, count * width);
  const scaleRow = scaleReader(codes, first, count);
  const { blockColumns } = codes.scales;
  const globalScale = codes.globalScale ? readPlainValues(codes.globalScale, 0, 1)[0]! : 1;
  for (let row = 0; row < count; row++) {
    const scaleAt = scaleRow(row);
    const end = (row + 1) * width;
    for (let start = row * width, block = 0; start < end; start += blockColumns, block++) {
      const scale = Math.fround(scaleAt(block) * globalScale);
      const blockEnd = Math.min(end, start + blockColumns);
      for (let at = start; at < blockEnd; at++) values[at] = values[at]! * scale;
    }
  }
  if (codes.rotationGroup !== undefined) rotateGroups(values, codes.rotationGroup);
  return values;
}

function decodeCodes(tensor: StoredTensor, { code }: ScaledCodes, first: number, count: number) {
  if (code === "fp4") {
    const bytes = readTensorBytes(tensor, first / 2, count / 2);
    const values = new Float32Array(count);
    for (let i = 0; i < bytes.length; i++) {
      values[2 * i] = e2m1[bytes[i]! >> 4]!;
      values[2 * i + 1] = e2m1[bytes[i]! & 15]!;
    }
    return values;
  }
  const bytes = readTensorBytes(tensor, first, count);
  if (code === "int8") return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  if (!isFloat8(tensor.dtype)) throw new Error(`${tensor.file}: fp8 codes are stored as ${tensor.dtype}`);
  return decodeFloat8(tensor.dtype, bytes);
}

/** The scale of block `b` of row `r`, counted from `first`: only the scales of these rows are read. */
function scaleReader(
  { scales: grid, firstRow }: ScaledCodes,
  first: number,
  count: number,
): (row: number) => (block: number) => number {
  const { scales, blockRows, columns, tiled } = grid;
  const blockRowOf = (row: number) => Math.floor((firstRow + first + row) / blockRows);
  if (!tiled) {
    const from = blockRowOf(0);
    const read = scaleValues(scales, from * columns, (blockRowOf(count - 1) - from + 1) * columns);
    return (row) => {
      const start = (blockRowOf(row) - from) * columns;
      return (block) => read[start + block]!;
    };
  }
  const tilesAcross = Math.ceil(columns / tileColumns);
  const bandValues = tilesAcross * tileRows * tileColumns;
  const fromBand = Math.floor(blockRowOf(0) / tileRows);
  const bands = Math.floor(blockRowOf(count - 1) / tileRows) - fromBand + 1;
  const read = scaleValues(scales, fromBand * bandValues, bands * bandValues);
  return (row) => {
    const scaleRow = blockRowOf(row);
    const band = Math.floor(scaleRow / tileRows) - fromBand;
    const within = scaleRow % tileRows;
    const start = band * bandValues + (within % 32) * 16 + Math.floor(within / 32) * tileColumns;
    return (block) => read[start + Math.floor(block / tileColumns) * tileRows * tileColumns + (block % tileColumns)]!;
  };
}

/** Scales of mxfp8 are exponents, also where the file calls them U8. */
function scaleValues(scales: StoredTensor, first: number, count: number): Float32Array {
  if (scales.dtype !== "U8") return readPlainValues(scales, first, count);
  return decodeFloat8("F8_E8M0", readTensorBytes(scales, first, count));
}
