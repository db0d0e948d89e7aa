import { type Tensor, tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";

/** Pixels per latent, along each side. */
export const scaleFactor = 8;

/** One axis cut into overlapping pieces of one length: where each begins. */
export function tileStarts(size: number, tile: number, overlap: number): number[] {
  if (size <= tile) return [0];
  const count = Math.ceil((size - overlap) / (tile - overlap));
  return Array.from({ length: count }, (_, index) => Math.round((index * (size - tile)) / (count - 1)));
}

/**
 * The same autoencoder, working on overlapping tiles whose results are blended: memory grows with the tile, not with
 * the image. The result differs a little from the untiled, because group norms and the middle attention see one tile at
 * a time.
 * @param tile - side of a tile in latents; images up to that size are not cut
 */
export function tiledVae(vae: Vae, tile: number): Vae {
  const overlap = Math.floor(tile / 4);
  return {
    scalingFactor: vae.scalingFactor,
    shiftFactor: vae.shiftFactor,
    decode: async (z) => {
      const [, height = 0, width = 0] = z.shape;
      const blend = new Blend(height * scaleFactor, width * scaleFactor, overlap * scaleFactor);
      for (const { top, left } of tiles(height, width, tile, overlap)) {
        blend.add(await vae.decode(crop(z, top, left, tile)), top * scaleFactor, left * scaleFactor);
      }
      return blend.result();
    },
    encode: async (image) => {
      const height = image.shape[1]! / scaleFactor;
      const width = image.shape[2]! / scaleFactor;
      const mean = new Blend(height, width, overlap);
      const logvar = new Blend(height, width, overlap);
      for (const { top, left } of tiles(height, width, tile, overlap)) {
        const piece = crop(image, top * scaleFactor, left * scaleFactor, tile * scaleFactor);
        const encoded = await vae.encode(piece);
        mean.add(encoded.mean, top, left);
        logvar.add(encoded.logvar, top, left);
      }
      return { mean: mean.result(), logvar: logvar.result() };
    },
    release: () => vae.release(),
  };
}

function tiles(height: number, width: number, tile: number, overlap: number): { top: number; left: number }[] {
  const lefts = tileStarts(width, tile, overlap);
  return tileStarts(height, tile, overlap).flatMap((top) => lefts.map((left) => ({ top, left })));
}

/** @param x - `[C, H, W]` @returns `[C, min(side, H), min(side, W)]` */
function crop({ data, shape }: Tensor, top: number, left: number, side: number): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const rows = Math.min(side, height);
  const columns = Math.min(side, width);
  const out = new Float32Array(channels * rows * columns);
  for (let line = 0; line < channels * rows; line++) {
    const from = (Math.floor(line / rows) * height + top + (line % rows)) * width + left;
    out.set(data.subarray(from, from + columns), line * columns);
  }
  return tensor(out, [channels, rows, columns]);
}

/**
 * A weighted mean of tiles: within `ramp` of its edges a tile counts for less the nearer the edge, so that one tile
 * fades into the next.
 */
class Blend {
  readonly #height: number;
  readonly #width: number;
  readonly #ramp: number;
  readonly #weights: Float32Array;
  #sum: Float32Array | undefined;

  constructor(height: number, width: number, ramp: number) {
    this.#height = height;
    this.#width = width;
    this.#ramp = ramp;
    this.#weights = new Float32Array(height * width);
  }

  add({ data, shape }: Tensor, top: number, left: number): void {
    const [channels, rows, columns] = shape as [number, number, number];
    this.#sum ??= new Float32Array(channels * this.#height * this.#width);
    const vertical = edgeWeights(rows, this.#ramp);
    const horizontal = edgeWeights(columns, this.#ramp);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weight = vertical[row]! * horizontal[column]!;
        const place = (top + row) * this.#width + left + column;
        this.#weights[place]! += weight;
        for (let channel = 0; channel < channels; channel++) {
          this.#sum[channel * this.#weights.length + place]! +=
            weight * data[(channel * rows + row) * columns + column]!;
        }
      }
    }
  }

  result(): Tensor {
    const sum = this.#sum!;
    const plane = this.#weights.length;
    for (let index = 0; index < sum.length; index++) sum[index]! /= this.#weights[index % plane]!;
    return tensor(sum, [sum.length / plane, this.#height, this.#width]);
  }
}

/** Rises from the edges to 1 over `ramp` values; never 0, so that a lone tile keeps its edges. */
function edgeWeights(length: number, ramp: number): Float32Array {
  return Float32Array.from({ length }, (_, index) =>
    Math.min(1, (Math.min(index, length - 1 - index) + 1) / (ramp + 1)),
  );
}
