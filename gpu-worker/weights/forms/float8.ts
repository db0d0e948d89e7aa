import type { SafetensorsDtype } from "../formats/safetensors.ts";

/** Floats of 8 bits, as safetensors spells them. */
export type Float8Dtype = Extract<SafetensorsDtype, "F8_E4M3" | "F8_E5M2" | "F8_E8M0">;

const tables: Readonly<Record<Float8Dtype, Float32Array>> = {
  F8_E4M3: tableOf(float8e4m3),
  F8_E5M2: tableOf(float8e5m2),
  F8_E8M0: tableOf(float8e8m0),
};

export function isFloat8(dtype: SafetensorsDtype): dtype is Float8Dtype {
  return Object.hasOwn(tables, dtype);
}

/** Exact: every float of 8 bits is a float32. */
export function decodeFloat8(dtype: Float8Dtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const table = tables[dtype];
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i]!]!;
  return values;
}

function tableOf(decode: (byte: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => decode(byte));
}

/**
 * Four bits of exponent with bias 7, three of mantissa; no infinity, and all ones is NaN: the `fn` of `float8_e4m3fn`.
 */
function float8e4m3(byte: number): number {
  if ((byte & 0x7f) === 0x7f) return Number.NaN;
  return signed(byte, floatOf((byte >> 3) & 15, byte & 7, 3, 7));
}

/** The upper half of a float16. */
function float8e5m2(byte: number): number {
  const exponent = (byte >> 2) & 31;
  const mantissa = byte & 3;
  if (exponent === 31) return mantissa === 0 ? signed(byte, Number.POSITIVE_INFINITY) : Number.NaN;
  return signed(byte, floatOf(exponent, mantissa, 2, 15));
}

/** Powers of two without a sign, from 2^-127. */
function float8e8m0(byte: number): number {
  return byte === 255 ? Number.NaN : 2 ** (byte - 127);
}

function floatOf(exponent: number, mantissa: number, mantissaBits: number, bias: number): number {
  const fraction = mantissa / 2 ** mantissaBits;
  return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
}

function signed(byte: number, size: number): number {
  return byte & 0x80 ? -size : size;
}
