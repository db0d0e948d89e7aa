import { maxPixels, maxSide, minSide, sizeMultiple } from "./limits.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size nearest to a given picture's that can be drawn: shrunk or enlarged in proportion into the limits, sides multiples of 16. */
export function sizeToDraw({ width, height }: Size): Size {
  const longest = Math.max(width, height);
  const shortest = Math.min(width, height);
  let scale = Math.min(1, maxSide / longest, Math.sqrt(maxPixels / (width * height)));
  if (shortest * scale < minSide) scale = minSide / shortest;
  const snap = (side: number) =>
    Math.min(maxSide, Math.max(minSide, Math.round((side * scale) / sizeMultiple) * sizeMultiple));
  return { width: snap(width), height: snap(height) };
}
