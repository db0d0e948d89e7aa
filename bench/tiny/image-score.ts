import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { type Lab, labDistance, srgbToLab } from "./lab.ts";

/** Side of the grid that images are compared on: what is left are places of colours, not edges. */
const grid = 16;
/** Pixels along each side of a corner that count as background. */
const cornerSide = 4;

/** The image averaged to 16×16, in Lab. @returns `[16, 16, 3]` @throws Error when the sides are no multiples of 16 */
export function descriptor({ data, width, height }: RgbImage): Float32Array {
  if (width % grid !== 0 || height % grid !== 0) {
    throw new Error(`expected sides in multiples of ${grid}, got ${width}×${height}`);
  }
  const [cellWidth, cellHeight] = [width / grid, height / grid];
  const values = new Float32Array(grid * grid * 3);
  for (let cell = 0; cell < grid * grid; cell++) {
    const left = (cell % grid) * cellWidth;
    const top = Math.floor(cell / grid) * cellHeight;
    values.set(meanLab(data, width, { left, top, right: left + cellWidth, bottom: top + cellHeight }), 3 * cell);
  }
  return values;
}

interface Box {
  readonly left: number;
  readonly top: number;
  /** Not in the box, as `bottom`. */
  readonly right: number;
  readonly bottom: number;
}

/** Lab of the mean sRGB value, which is how an image is made smaller. */
function meanLab(data: Uint8Array, width: number, { left, top, right, bottom }: Box): Lab {
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
      sums[0] += data[at]!;
      sums[1] += data[at + 1]!;
      sums[2] += data[at + 2]!;
    }
  }
  const count = (right - left) * (bottom - top);
  return srgbToLab(sums[0] / count, sums[1] / count, sums[2] / count);
}

/**
 * How many candidates are nearer to `image` than candidate `asked`; 0 when it is the nearest. Of equally near ones the
 * first is nearest.
 */
export function rankOf(image: Float32Array, asked: number, candidates: readonly Float32Array[]): number {
  const distances = candidates.map((candidate) => squaredDistance(image, candidate));
  const own = distances[asked]!;
  return distances.filter((distance, index) => distance < own || (distance === own && index < asked)).length;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return sum;
}

/**
 * Peak signal-to-noise ratio in dB. Equal images count as off by the rounding to bytes alone, 58.9 dB, so that means
 * stay finite.
 */
export function psnr(a: RgbImage, b: RgbImage): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`expected images of one size, got ${a.width}×${a.height} and ${b.width}×${b.height}`);
  }
  let squares = 0;
  for (let at = 0; at < a.data.length; at++) squares += (a.data[at]! - b.data[at]!) ** 2;
  return 10 * Math.log10(255 ** 2 / Math.max(squares / a.data.length, 1 / 12));
}

/**
 * For each corner, which colour its 4×4 pixels are nearest to.
 * @param colors - sRGB, 0..255
 * @returns four indices of `colors`
 */
export function cornerColors(
  { data, width, height }: RgbImage,
  colors: readonly (readonly [number, number, number])[],
): number[] {
  const labs = colors.map((rgb) => srgbToLab(...rgb));
  const ends = (size: number) => [
    [0, cornerSide],
    [size - cornerSide, size],
  ];
  return ends(height).flatMap(([top = 0, bottom = 0]) =>
    ends(width).map(([left = 0, right = 0]) => {
      const corner = meanLab(data, width, { left, top, right, bottom });
      const distances = labs.map((lab) => labDistance(lab, corner));
      return distances.indexOf(Math.min(...distances));
    }),
  );
}
