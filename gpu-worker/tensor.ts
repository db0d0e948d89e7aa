/**
 * A dense float32 array in row-major order. The engine's own currency between stages; ONNX tensors stay in `runtime/`.
 */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** How many elements a tensor of this shape has: the product of its sides, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Zeros of this shape. */
export function zeros(shape: readonly number[]): Tensor {
  return { data: new Float32Array(elementCount(shape)), shape };
}

/** @throws Error when the element count does not fit the shape: that is a bug in the caller, not bad input. */
export function tensor(data: Float32Array, shape: readonly number[]): Tensor {
  const count = elementCount(shape);
  if (data.length !== count) throw new Error(`tensor of shape [${shape}] needs ${count} values, got ${data.length}`);
  return { data, shape };
}
