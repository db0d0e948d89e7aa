/**
 * Multiply every group of `size` neighbouring values by the regular Hadamard matrix of that size, in place: `group ←
 * group · H` with H = H4 ⊗ … ⊗ H4 / √size and H4 = [[1,1,1,−1],[1,1,−1,1],[1,−1,1,1],[−1,1,1,1]]. H is symmetric and
 * its own inverse, so that the same call rotates and rotates back.
 *
 * @param values - rows whose width is a multiple of `size`, row-major
 * @param size - a power of 4
 */
export function rotateGroups(values: Float32Array, size: number): void {
  if (!isRotationGroup(size)) throw new Error(`a rotation group must be a power of 4, got ${size}`);
  if (values.length % size !== 0) throw new Error(`${values.length} values are no whole number of groups of ${size}`);
  const scale = 1 / Math.sqrt(size);
  // One factor of the Kronecker product at a time: 4 · log4(size) operations a value in place of `size`.
  for (let start = 0; start < values.length; start += size) {
    for (let stride = 1; stride < size; stride *= 4) {
      for (let block = start; block < start + size; block += 4 * stride) {
        for (let at = block; at < block + stride; at++) {
          const a = values[at]!;
          const b = values[at + stride]!;
          const c = values[at + 2 * stride]!;
          const d = values[at + 3 * stride]!;
          values[at] = a + b + c - d;
          values[at + stride] = a + b - c + d;
          values[at + 2 * stride] = a - b + c + d;
          values[at + 3 * stride] = b + c + d - a;
        }
      }
    }
    for (let at = start; at < start + size; at++) values[at] = values[at]! * scale;
  }
}

/** Whether a rotation of this many values is defined: 4, 16, 64, 256 … */
export function isRotationGroup(size: number): boolean {
  return Number.isInteger(size) && size >= 4 && Number.isInteger(Math.log2(size) / 2);
}
