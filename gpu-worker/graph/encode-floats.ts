import type { FloatDtype } from "./value.ts";

/** Numbers as the little-endian bytes of a float type, each rounded to the nearest value, ties to even. */
export function encodeFloats(values: readonly number[], dtype: FloatDtype): Uint8Array {
  if (dtype === "float16") return new Uint8Array(Float16Array.from(values).buffer);
  const single = Float32Array.from(values);
  if (dtype === "float32") return new Uint8Array(single.buffer);
  // Round to the nearest bfloat16, ties to even.
  const bits = new Uint32Array(single.buffer);
  return new Uint8Array(Uint16Array.from(bits, (bit) => (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16).buffer);
}
