import type { RgbaImage } from "../../pipeline/image.ts";

/** Levels by which the two sides of a product's outline differ, in some channel, where it can be trusted. */
export const leastContrast = 20;
/** Pixels on either side of the outline that are compared, outwards from it: an edge may be soft, or a line thin. */
const depth = 3;

/**
 * The product's outline, and how much of it is weak: product and background hardly differ there, and the flood may have
 * gone too far, or not far enough.
 * @param product - `[H, W]`, 1 for product
 * @returns pixels
 */
export function outlineOf(
  { data, width, height }: RgbaImage,
  product: Uint8Array,
): { readonly length: number; readonly weak: number } {
  let [length, weak] = [0, 0];
  /** `room`: pixels to the border of the photo, before and behind. */
  const compare = (at: number, step: number, [before, behind]: readonly [number, number]) => {
    let contrast = 0;
    for (let i = 0; i < depth; i++) {
      const [inside, outside] = [at - Math.min(i, before) * step, at + (1 + Math.min(i, behind)) * step];
      for (let c = 0; c < 3; c++) {
        contrast = Math.max(contrast, Math.abs(data[4 * inside + c]! - data[4 * outside + c]!));
      }
    }
    length++;
    if (contrast < leastContrast) weak++;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width && product[at] !== product[at + 1]) compare(at, 1, [x, width - 2 - x]);
      if (y + 1 < height && product[at] !== product[at + width]) compare(at, width, [y, height - 2 - y]);
    }
  }
  return { length, weak };
}

/** Side in pixels of the blocks whose mean levels are compared: noise averages out. */
const block = 4;
/** Levels between two plain parts of the background that make an edge, and those that a plain part may vary by. */
const [edgeStep, plainStep] = [5, 1.5];

/**
 * Edges in what was taken for background: the outline of a product as pale as its background. An edge is a change
 * between two even parts; a shadow changes gradually.
 * @param background - `[H, W]`, 1 for background
 * @returns about its length in pixels
 */
export function edgesIn({ data, width, height }: RgbaImage, background: Uint8Array): number {
  const [columns, rows] = [Math.floor(width / block), Math.floor(height / block)];
  // The mean level of each block, or NaN where it is not background altogether.
  const means = new Float32Array(columns * rows).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = block * row; y < block * (row + 1); y++) {
        for (let x = block * column; x < block * (column + 1); x++) {
          const at = y * width + x;
          sum += background[at] === 1 ? data[4 * at]! + data[4 * at + 1]! + data[4 * at + 2]! : Number.NaN;
        }
      }
      means[row * columns + column] = sum / (3 * block ** 2);
    }
  }
  let edges = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      if (column >= 2 && column + 4 < columns && isEdge(means, at, 1)) edges++;
      if (row >= 2 && row + 4 < rows && isEdge(means, at, columns)) edges++;
    }
  }
  return block * edges;
}

/** Two even blocks, two that may hold the edge, two even ones: `at` is the second. Comparisons with NaN are false. */
function isEdge(means: Float32Array, at: number, step: number): boolean {
  const change = (from: number, to: number) => Math.abs(means[at + from * step]! - means[at + to * step]!);
  const [before, across, behind] = [change(-1, 0), change(0, 2), change(2, 3)];
  return across >= edgeStep && before <= plainStep && behind <= plainStep;
}
