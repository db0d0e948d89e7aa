/** A matrix as int8 with one scale per row: the value at `[row, column]` is `values[row, column] · scales[row]`. */
export interface QuantizedRows {
  /** −127..127, row-major. */
  readonly values: Int8Array<ArrayBuffer>;
  /** `[rows]`, above zero and finite. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * Symmetric, to the nearest of 255 steps: `scale = max |row| / 127`, so that no value is off by more than half its
 * row's scale. A row of zeros has the scale 1.
 * @param values - `[rows, width]` row-major
 * @param width - values per row; of a convolution `[O, I, kh, kw]` that is I · kh · kw
 * @throws RangeError for a value that is not finite
 */
export function quantizeRows(values: Float32Array, width: number): QuantizedRows {
  const rows = values.length / width;
  if (!Number.isInteger(rows)) throw new Error(`${values.length} values are no whole number of rows of ${width}`);
  const quantized = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const end = start + width;
    let largest = 0;
    for (let at = start; at < end; at++) {
      const size = Math.abs(values[at]!);
      if (!(size < Number.POSITIVE_INFINITY)) throw new RangeError(`value ${at} is ${values[at]}`);
      if (size > largest) largest = size;
    }
    // A row so small that its scale is below every float32 is a row of zeros too.
    scales[row] = largest / 127;
    if (scales[row] === 0) scales[row] = 1;
    const scale = scales[row]!;
    // Clamped: the scale of a tiny row is rounded to the few float32 there are near zero.
    for (let at = start; at < end; at++) quantized[at] = Math.max(-127, Math.min(127, Math.round(values[at]! / scale)));
  }
  return { values: quantized, scales };
}

/** The inverse, in the arithmetic of the runtime: each product rounded to float32. @param scales - one per row */
export function dequantizeRows(values: Int8Array, scales: Float32Array): Float32Array<ArrayBuffer> {
  const width = values.length / scales.length;
  return Float32Array.from(values, (value, at) => value * scales[Math.floor(at / width)]!) as Float32Array<ArrayBuffer>;
}
