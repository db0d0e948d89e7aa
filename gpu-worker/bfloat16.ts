/** Float32 values as bfloat16 bits, each rounded to the nearest value, ties to even; NaN stays NaN. */
export function toBfloat16(values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const bit = bits[i]!;
    // Rounding a NaN up could carry into infinity or zero.
    halves[i] = (bit & 0x7fffffff) > 0x7f800000 ? (bit >>> 16) | 0x40 : (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16;
  }
  return halves;
}
