import { InvalidFileError } from "../../../shared/errors.ts";
import { elementBytes, readTensorBytes, type StoredTensor } from "../formats/safetensors.ts";
import { decodeFloat8, isFloat8 } from "./float8.ts";

/**
 * Values of a tensor whose elements are floats, as float32: exact but for F64, which is rounded.
 * @throws InvalidFileError for integers
 */
export function readPlainValues(tensor: StoredTensor, first: number, count: number): Float32Array<ArrayBuffer> {
  const { dtype, file } = tensor;
  const valueBytes = elementBytes[dtype];
  const bytes = readTensorBytes(tensor, first * valueBytes, count * valueBytes);
  if (isFloat8(dtype)) return decodeFloat8(dtype, bytes);
  const { buffer } = new Uint8Array(bytes); // an aligned copy: Node's buffers start anywhere in a pool
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F16") return Float32Array.from(new Float16Array(buffer));
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer));
  if (dtype === "BF16") {
    // A bfloat16 is the upper half of the float32 of the same value.
    const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  throw new InvalidFileError(`${file}: expected a tensor of floats, got ${dtype}`);
}
