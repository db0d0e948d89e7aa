import { InvalidFileError } from "../../../shared/errors.ts";
import { toBfloat16 } from "../../bfloat16.ts";
import { elementCount } from "../../tensor.ts";
import { blockSize } from "../block-form.ts";
import { ggmlBytes } from "../formats/ggml-blocks.ts";
import { readTensorBytes, type StoredTensor } from "../formats/safetensors.ts";
import { rotateGroups } from "../forms/hadamard.ts";
import { readTensorValues } from "../tensor-values.ts";
import { type QuantizedBlocks, quantizeBlocks } from "./quantize-blocks.ts";
import { quantizeRows } from "./quantize-rows.ts";
import type { Encoding } from "./tensor-plan.ts";

/** Some rows of one tensor to turn. Plain data: it crosses to a thread. */
export interface ConvertRowsJob {
  readonly name: string;
  readonly source: StoredTensor;
  readonly encoding: Encoding;
  readonly firstRow: number;
  readonly rows: number;
  /** Values per row: the last axis. */
  readonly width: number;
}

/**
 * The bytes of those rows in each of the outputs of the tensor's plan.
 * @throws InvalidFileError naming file and tensor for values that are not finite
 */
export function convertRows({ name, source, encoding, firstRow, rows, width }: ConvertRowsJob): Uint8Array[] {
  if (encoding.kind === "copy") {
    const valueBytes = source.length / elementCount(source.shape) || 0;
    return [readTensorBytes(source, firstRow * width * valueBytes, rows * width * valueBytes)];
  }
  if (encoding.kind === "repack") {
    const type = source.ggml!;
    const bytes = readTensorBytes(source, ggmlBytes(type, firstRow * width), ggmlBytes(type, rows * width));
    return pieces(encoding.bits === 4 ? repackQ4(bytes) : repackQ8(bytes));
  }
  const values = readTensorValues(source, firstRow * width, rows * width);
  if (encoding.kind === "float") {
    if (encoding.dtype === "F32") return [new Uint8Array(values.buffer)];
    return [new Uint8Array(toBfloat16(values).buffer)];
  }
  try {
    if (encoding.kind === "rotated") {
      rotateGroups(values, encoding.group);
      const codes = quantizeRows(values, width);
      return [new Uint8Array(codes.values.buffer), new Uint8Array(codes.scales.buffer)];
    }
    return pieces(quantizeBlocks(values, encoding.bits, blockSize));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvalidFileError(`${source.file}: tensor ${name}: expected finite values; the file is damaged`, {
      cause,
    });
  }
}

function pieces({ packed, scales }: QuantizedBlocks): Uint8Array[] {
  return [packed, new Uint8Array(scales.buffer)];
}

/** ggml has values 0..15 of a block in the low nibbles and 16..31 in the high ones; here neighbours share a byte. */
function repackQ4(bytes: Uint8Array): QuantizedBlocks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks = bytes.length / 18;
  const packed = new Uint8Array(blocks * 16);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const at = block * 18;
    scales[block] = view.getFloat16(at, true);
    for (let j = 0; j < 16; j += 2) {
      const first = view.getUint8(at + 2 + j);
      const second = view.getUint8(at + 3 + j);
      packed[block * 16 + j / 2] = (first & 15) | ((second & 15) << 4);
      packed[block * 16 + 8 + j / 2] = (first >> 4) | (second & 0xf0);
    }
  }
  return { packed, scales };
}

function repackQ8(bytes: Uint8Array): QuantizedBlocks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks = bytes.length / 34;
  const packed = new Uint8Array(blocks * 32);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    scales[block] = view.getFloat16(block * 34, true);
    for (let j = 0; j < 32; j++) packed[block * 32 + j] = view.getInt8(block * 34 + 2 + j) + 128;
  }
  return { packed, scales };
}
