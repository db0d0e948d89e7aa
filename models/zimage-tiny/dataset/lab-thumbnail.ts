import { srgbToLab } from "../../../bench/tiny/lab.ts";

const cells = 16;

/**
 * An image reduced to 16 × 16 cells in CIE L*a*b* (D65): what a glance takes in. 8-bit values are averaged per cell as
 * they stand.
 * @param rgb - `[side, side, 3]` sRGB, 8 bits; `side` a multiple of 16
 * @returns `[16, 16, 3]` L*, a*, b*
 */
export function labThumbnail(rgb: Uint8Array, side: number): Float32Array {
  if (side % cells !== 0 || rgb.length !== side * side * 3)
    throw new Error(
      `expected a square RGB image with sides of a multiple of ${cells}, got ${rgb.length} bytes for ${side}`,
    );
  const step = side / cells;
  const thumbnail = new Float32Array(cells * cells * 3);
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const sum: [number, number, number] = [0, 0, 0];
      for (let y = row * step; y < (row + 1) * step; y++) {
        for (let x = column * step; x < (column + 1) * step; x++) {
          for (let channel = 0; channel < 3; channel++) sum[channel]! += rgb[(y * side + x) * 3 + channel]!;
        }
      }
      const [r, g, b] = sum.map((total) => total / (step * step)) as typeof sum;
      thumbnail.set(srgbToLab(r, g, b), (row * cells + column) * 3);
    }
  }
  return thumbnail;
}

/** Root mean square over the cells of the colour difference ΔE*ab: 2 is just visible, 100 is black against white. */
export function labDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / (a.length / 3));
}
