const order4 = [
  [1, 1, 1, -1],
  [1, 1, -1, 1],
  [1, -1, 1, 1],
  [-1, 1, 1, 1],
] as const;

/**
 * The Hadamard matrix of ConvRot: H4 ⊗ H4 ⊗ … / √size. Symmetric and its own inverse.
 * @param size - a power of 4
 * @returns `[size, size]` row-major
 */
export function hadamard(size: number): Float32Array<ArrayBuffer> {
  if (!isRotationSize(size)) throw new Error(`a rotation needs groups of a power of 4, got ${size}`);
  const matrix = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let value = size ** -0.5;
      for (let digit = 1; digit < size; digit *= 4) {
        value *= order4[Math.floor(row / digit) % 4]![Math.floor(column / digit) % 4]!;
      }
      matrix[row * size + column] = value;
    }
  }
  return matrix;
}

/** Whether `hadamard` has a matrix of this size: 4, 16, 64, 256 … */
export function isRotationSize(size: number): boolean {
  return size >= 4 && Number.isInteger(Math.log2(size) / 2);
}
