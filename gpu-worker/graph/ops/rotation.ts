import type { Dim } from "../dims.ts";
import type { GraphBuilder, Value } from "../graph-builder.ts";

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

/**
 * Each group of `size` values along the last axis times `hadamard(size)`. It spreads a value that stands out over its group, so that 8 bits lose less of the others; done
 * to the activations and to the rows of a weight it leaves their product as it was. Done twice it undoes itself.
 * @param x - `[..., K]` float32, K a multiple of `size`
 */
export function rotateGroups(g: GraphBuilder, x: Value, size: number): Value {
  const width = x.dims.at(-1);
  if (typeof width !== "number" || width % size !== 0) {
    throw new Error(`rotation in ${g.scopeName}: groups of ${size} do not fill a last axis of ${width}`);
  }
  const matrix = g.constant(`hadamard`, "float32", [size, size], new Uint8Array(hadamard(size).buffer));
  const groups: Dim = `groups of ${x.name}`;
  const apart = g.node1("Reshape", { inputs: [x, g.integers([-1, size])] }, "float32", [groups, size]);
  const rotated = g.node1("MatMul", { inputs: [apart, matrix] }, "float32", [groups, size]);
  return g.node1("Reshape", { inputs: [rotated, g.sizes(x.dims)] }, "float32", x.dims);
}
