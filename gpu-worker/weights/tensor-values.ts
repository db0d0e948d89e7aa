import { elementCount } from "../tensor.ts";
import { dequantizeBlocks } from "./convert/quantize-blocks.ts";
import { dequantizeRows } from "./convert/quantize-rows.ts";
import { dequantizeGgml, ggmlBytes } from "./formats/ggml-blocks.ts";
import { readTensorBytes, type StoredTensor } from "./formats/safetensors.ts";
import { readPlainValues } from "./forms/plain-values.ts";
import { readScaledRows } from "./forms/scaled-codes.ts";

/**
 * All values as float32, whatever form of floats they are stored in.
 * @throws InvalidFileError for integers that are no quantised floats
 */
export function readTensor(tensor: StoredTensor): Float32Array<ArrayBuffer> {
  return readTensorValues(tensor, 0, elementCount(tensor.shape));
}

/**
 * Values `first` to `first + count − 1`, in stored order; of a quantised tensor whole rows (along the last axis in
 * blocks, the first axis with row scales or scaled codes).
 * @throws InvalidFileError for integers that are no quantised floats
 */
export function readTensorValues(tensor: StoredTensor, first: number, count: number): Float32Array<ArrayBuffer> {
  const { shape, rowScales, blocks, ggml, codes } = tensor;
  if (ggml) return dequantizeGgml(ggml, readTensorBytes(tensor, ggmlBytes(ggml, first), ggmlBytes(ggml, count)));
  if (blocks) {
    const { bits, blockSize, scales } = blocks;
    const packed = readTensorBytes(tensor, (first * bits) / 8, (count * bits) / 8);
    return dequantizeBlocks(packed, readTensorValues(scales, first / blockSize, count / blockSize), bits, blockSize);
  }
  if (rowScales) {
    const width = elementCount(shape.slice(1));
    const bytes = readTensorBytes(tensor, first, count);
    const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    return dequantizeRows(values, readTensorValues(rowScales, first / width, count / width));
  }
  if (codes) {
    const width = elementCount(shape.slice(1));
    return readScaledRows(tensor, first / width, count / width);
  }
  return readPlainValues(tensor, first, count);
}

/**
 * Rows of a matrix, in the order asked for. Only these rows are read.
 * @param tensor - `[R, D]`
 * @param rows - indices in 0..R−1, repeats allowed
 * @returns `[rows.length, D]`
 */
export function readTensorRows(tensor: StoredTensor, rows: readonly number[]): Float32Array {
  const [rowCount = 0, width = 0] = tensor.shape;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    if (!Number.isInteger(row) || row < 0 || row >= rowCount) {
      throw new Error(`row must be an integer in 0..${rowCount - 1}, got ${row}`);
    }
    values.set(readTensorValues(tensor, row * width, width), index * width);
  });
  return values;
}

/**
 * Rows `first` to `first + count − 1` (along the first axis) as a tensor of its own; no value is read.
 * @param shape - of the result, where its axes differ
 */
export function sliceRows(tensor: StoredTensor, first: number, count: number, shape?: readonly number[]): StoredTensor {
  const [rows = 0, ...rest] = tensor.shape;
  if (first < 0 || count < 0 || first + count > rows) throw new Error(`no rows ${first}..${first + count} of ${rows}`);
  const rowBytes = rows === 0 ? 0 : tensor.length / rows;
  const { rowScales, blocks, codes } = tensor;
  return {
    ...tensor,
    shape: shape ?? [count, ...rest],
    offset: tensor.offset + first * rowBytes,
    length: count * rowBytes,
    rowScales: rowScales && sliceRows(rowScales, first, count),
    blocks: blocks && { ...blocks, scales: sliceRows(blocks.scales, first, count) },
    codes: codes && { ...codes, firstRow: codes.firstRow + first },
  };
}
