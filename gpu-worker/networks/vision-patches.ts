import type { RgbImage } from "../pipeline/image.ts";

/** Rows and columns of patches that an image is cut into. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The largest grid of at most `maxPatches` patches in about the image's proportions, found by halving as the reference
 * does.
 * @see transformers `models/siglip2/image_processing_siglip2.py`, `get_image_size_for_max_num_patches`
 */
export function patchGrid({ width, height }: RgbImage, patchSize: number, maxPatches: number): PatchGrid {
  const precision = 1e-5;
  const gridAt = (scale: number): PatchGrid => {
    const patches = (side: number) => Math.max(1, Math.ceil((side * scale) / patchSize));
    return { rows: patches(height), columns: patches(width) };
  };
  let [low, high] = [precision / 10, 100];
  while (high - low >= precision) {
    const scale = (low + high) / 2;
    const { rows, columns } = gridAt(scale);
    if (rows * columns <= maxPatches) low = scale;
    else high = scale;
  }
  return gridAt(low);
}

/** An image resized to the grid and cut up, in −1..1. @returns `[rows · columns, patchSize² · 3]`, channel fastest */
export function imagePatches(image: RgbImage, { rows, columns }: PatchGrid, patchSize: number): Float32Array {
  const [height, width] = [rows * patchSize, columns * patchSize];
  const wide = resizeBytes(image.data, [image.height, image.width, 3], width);
  const resized = resizeBytes(wide, [1, image.height, width * 3], height);
  const patches = new Float32Array(height * width * 3);
  const valuesPerPatch = patchSize ** 2 * 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const patch = Math.floor(y / patchSize) * columns + Math.floor(x / patchSize);
      const inPatch = ((y % patchSize) * patchSize + (x % patchSize)) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const value = resized[(y * width + x) * 3 + channel]!;
        patches[patch * valuesPerPatch + inPatch + channel] = value / 127.5 - 1;
      }
    }
  }
  return patches;
}

/** The learned positions, a square of `side²` vectors, resized to the grid. @returns `[rows · columns, width]` */
export function resizePositions(table: Float32Array, side: number, { rows, columns }: PatchGrid): Float32Array {
  const width = table.length / side ** 2;
  const wide = resizeAxis(table, [side, side, width], columns); // [side, columns, width]
  return resizeAxis(wide, [1, side, columns * width], rows);
}

/** The inputs that make one output: `weights` add up to 1. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Linear interpolation from `size` to `newSize` values, over wider windows where that shrinks. */
function windows(size: number, newSize: number): Window[] {
  const scale = size / newSize;
  const support = Math.max(scale, 1);
  return Array.from({ length: newSize }, (_, i) => {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), size);
    const weights = Array.from({ length: end - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((first + j - centre + 0.5) / support)),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

type Shape3 = readonly [before: number, size: number, after: number];

/** Resize the middle axis. @returns `[before, newSize, after]` */
function resizeAxis(values: Float32Array, shape: Shape3, newSize: number): Float32Array {
  const result = new Float32Array(shape[0] * newSize * shape[2]);
  resizeInto(result, values, shape, windows(shape[1], newSize));
  return result;
}

/**
 * Resize bytes, with weights in whole 2^-bits that fit 16 bits and half a level added before the cut: with other
 * rounding one pixel in a hundred comes out a level off, and the features up to 0.03.
 * @see PyTorch `UpSampleKernel.cpp`, `compute_index_ranges_int16_weights`
 */
function resizeBytes(values: Uint8Array, shape: Shape3, newSize: number): Uint8Array {
  const exact = windows(shape[1], newSize);
  const largest = Math.max(...exact.flatMap(({ weights }) => weights));
  let bits = 0;
  while (bits < 22 && Math.floor(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15) bits++;
  const whole = exact.map(({ first, weights }) => {
    return { first, weights: weights.map((weight) => Math.floor(0.5 + weight * 2 ** bits)) };
  });
  const sums = new Float64Array(shape[0] * newSize * shape[2]);
  resizeInto(sums, values, shape, whole);
  return Uint8Array.from(sums, (sum) => Math.min(255, Math.floor((sum + 2 ** (bits - 1)) / 2 ** bits)));
}

function resizeInto(
  result: Float32Array | Float64Array,
  values: ArrayLike<number>,
  [before, size, after]: Shape3,
  outputs: readonly Window[],
): void {
  for (let outer = 0; outer < before; outer++) {
    outputs.forEach(({ first, weights }, i) => {
      const from = (outer * size + first) * after;
      const to = (outer * outputs.length + i) * after;
      for (let inner = 0; inner < after; inner++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * values[from + j * after + inner]!;
        result[to + inner] = sum;
      }
    });
  }
}
