import type { GrayImage, RgbImage } from "../../pipeline/image.ts";

/** Width in pixels of the seam, on the drawn side, over which the original fades out. */
export const seamPixels = 4;

/**
 * The drawn image with the original's own pixels where the mask is 0, exactly: the autoencoder changes every pixel that
 * passes through it. In between the two are mixed by the level of the mask, and with a seam also by the distance from
 * what is kept. Where the drawn part is too narrow for a whole seam, its middle is drawn in full.
 *
 * @param drawn - `[H, W, 3]`
 * @param original - of the same size
 * @param mask - of the same size: 255 is drawn, 0 is kept
 * @param seam - pixels; 0 is a hard edge
 */
export function keepPixels(drawn: RgbImage, original: RgbImage, mask: GrayImage, seam: number): RgbImage {
  const { width, height } = drawn;
  if (original.width !== width || original.height !== height || mask.width !== width || mask.height !== height) {
    throw new Error(
      `image ${width}×${height}, original ${original.width}×${original.height}, mask ${mask.width}×${mask.height}`,
    );
  }
  const shares = drawnShares(mask, seam);
  const data = new Uint8Array(drawn.data.length);
  for (let i = 0; i < data.length; i++) {
    const [from, to] = [original.data[i]!, drawn.data[i]!];
    data[i] = Math.round(from + shares[Math.floor(i / 3)]! * (to - from));
  }
  return { data, width, height };
}

/** How much of each pixel is the drawn image, 0..1. @returns `[H, W]` */
function drawnShares({ data, width, height }: GrayImage, seam: number): Float32Array {
  const shares = Float32Array.from(data, (level) => level / 255);
  if (seam <= 0) return shares;
  const distances = distancesFromKept({ data, width, height }, seam + 1);
  const deepest = largestAround(distances, { width, height }, seam);
  for (let i = 0; i < shares.length; i++) {
    if (distances[i]! < deepest[i]!) shares[i]! *= distances[i]! / deepest[i]!;
  }
  return shares;
}

/**
 * Steps in eight directions from each pixel to the nearest one that is kept, at most `limit`; what lies outside the
 * image is not kept.
 * @returns `[H, W]`
 */
function distancesFromKept({ data, width, height }: GrayImage, limit: number): Uint8Array {
  // A border of `limit` around the image, so that no neighbour has to be asked for.
  const stride = width + 2;
  const padded = new Uint8Array(stride * (height + 2)).fill(limit);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (data[y * width + x] === 0) padded[(y + 1) * stride + x + 1] = 0;
  }
  const before = [-1, -stride - 1, -stride, -stride + 1];
  const relax = (at: number, neighbours: readonly number[]) => {
    let nearest = padded[at]!;
    for (const offset of neighbours) nearest = Math.min(nearest, padded[at + offset]! + 1);
    padded[at] = nearest;
  };
  const after = before.map((offset) => -offset);
  for (let y = 1; y <= height; y++) for (let x = 1; x <= width; x++) relax(y * stride + x, before);
  for (let y = height; y >= 1; y--) for (let x = width; x >= 1; x--) relax(y * stride + x, after);
  const distances = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * stride + 1;
    distances.set(padded.subarray(from, from + width), y * width);
  }
  return distances;
}

/** The largest value in the square of `radius` around each pixel, by rows and then by columns. @returns `[H, W]` */
function largestAround(
  values: Uint8Array,
  { width, height }: { width: number; height: number },
  radius: number,
): Uint8Array {
  const alongRows = new Uint8Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let largest = 0;
      for (let i = Math.max(0, x - radius); i <= Math.min(width - 1, x + radius); i++) {
        largest = Math.max(largest, values[y * width + i]!);
      }
      alongRows[y * width + x] = largest;
    }
  }
  const largest = new Uint8Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let i = Math.max(0, y - radius); i <= Math.min(height - 1, y + radius); i++) {
        most = Math.max(most, alongRows[i * width + x]!);
      }
      largest[y * width + x] = most;
    }
  }
  return largest;
}
