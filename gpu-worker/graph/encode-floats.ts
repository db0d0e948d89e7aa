import { toBfloat16 } from "../bfloat16.ts";
import type { FloatDtype } from "./value.ts";

/** Numbers as the little-endian bytes of a float type, each rounded to the nearest value, ties to even. */
export function encodeFloats(values: readonly number[], dtype: FloatDtype): Uint8Array {
  if (dtype === "float16") return new Uint8Array(Float16Array.from(values).buffer);
  const single = Float32Array.from(values);
  if (dtype === "float32") return new Uint8Array(single.buffer);
  return new Uint8Array(toBfloat16(single).buffer);
}
