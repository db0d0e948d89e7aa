import type { RgbImage } from "../../pipeline/image.ts";

/** Gradients in sums of absolute differences, as people who make control images with OpenCV set them. */
const weak = 100;
const strong = 200;

/**
 * The edges of an image, white on black: Sobel gradients, thinned to the ridge, kept where they are strong or lead to
 * strong ones.
 * @see OpenCV `imgproc/src/canny.cpp`; the thresholds are those of ControlNet's own examples
 */
export function cannyEdges(image: RgbImage): RgbImage {
  const { width, height } = image;
  const edges = connected(thinned(gradients(grayOf(image), width, height), width, height), width, height);
  const data = new Uint8Array(3 * width * height);
  edges.forEach((isEdge, i) => {
    if (isEdge) data.fill(255, 3 * i, 3 * i + 3);
  });
  return { data, width, height };
}

function grayOf({ data }: RgbImage): Float32Array {
  const gray = new Float32Array(data.length / 3);
  for (let i = 0; i < gray.length; i++) {
    gray[i] = Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!);
  }
  return gray;
}

interface Gradients {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** `|x| + |y|` */
  readonly size: Float32Array;
}

/** Pixels beyond the border are those on it. */
function gradients(gray: Float32Array, width: number, height: number): Gradients {
  const x = new Float32Array(gray.length);
  const y = new Float32Array(gray.length);
  for (let row = 0; row < height; row++) {
    const [above, here, below] = [Math.max(row - 1, 0) * width, row * width, Math.min(row + 1, height - 1) * width];
    for (let column = 0; column < width; column++) {
      const [left, right] = [Math.max(column - 1, 0), Math.min(column + 1, width - 1)];
      const at = (start: number, offset: number) => gray[start + offset]!;
      x[here + column] =
        at(above, right) +
        2 * at(here, right) +
        at(below, right) -
        at(above, left) -
        2 * at(here, left) -
        at(below, left);
      y[here + column] =
        at(below, left) +
        2 * at(below, column) +
        at(below, right) -
        at(above, left) -
        2 * at(above, column) -
        at(above, right);
    }
  }
  return { x, y, size: x.map((value, i) => Math.abs(value) + Math.abs(y[i]!)) };
}

const slope = Math.tan(Math.PI / 8);

/** 0 where there is no ridge, else 1 for a weak and 2 for a strong one. */
function thinned({ x, y, size }: Gradients, width: number, height: number): Uint8Array {
  const ridges = new Uint8Array(size.length);
  const sizeAt = (row: number, column: number) =>
    row < 0 || row >= height || column < 0 || column >= width ? 0 : size[row * width + column]!;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const here = size[i]!;
      if (here <= weak) continue;
      // Across the edge: along the gradient, in the nearest of four directions.
      const [dx, dy] = [Math.abs(x[i]!), Math.abs(y[i]!)];
      const sign = x[i]! < 0 === y[i]! < 0 ? 1 : -1;
      const [down, right] = dy < dx * slope ? [0, 1] : dy * slope > dx ? [1, 0] : [1, sign];
      const isRidge = here > sizeAt(row - down, column - right) && here >= sizeAt(row + down, column + right);
      if (isRidge) ridges[i] = here > strong ? 2 : 1;
    }
  }
  return ridges;
}

/** Strong ridges, and the weak ones that touch them. */
function connected(ridges: Uint8Array, width: number, height: number): boolean[] {
  const kept = Array.from(ridges, (ridge) => ridge === 2);
  const open = [...kept.keys()].filter((i) => kept[i]);
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [row, column] = [Math.floor(i / width), i % width];
    for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
        const next = y * width + x;
        if (ridges[next] === 0 || kept[next]) continue;
        kept[next] = true;
        open.push(next);
      }
    }
  }
  return kept;
}
