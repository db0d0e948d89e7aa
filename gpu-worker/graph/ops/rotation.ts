import { rotateGroups } from "../../weights/forms/hadamard.ts";

/**
 * The Hadamard matrix of ConvRot: H4 ⊗ H4 ⊗ … / √size. Symmetric and its own inverse.
 * @param size - a power of 4
 * @returns `[size, size]` row-major
 */
export function hadamard(size: number): Float32Array<ArrayBuffer> {
  const identity = Float32Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  rotateGroups(identity, size);
  return identity;
}
