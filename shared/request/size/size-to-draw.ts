import { maxSide as longestSide, maxAspectRatio, maxPixels, minSide, sizeMultiple } from "../../limits.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Most pixels to draw unasked for an image that is given: four times those that the model draws by itself, 2048 × 2048
 * for the released ones.
 */
export function largestToFollow(defaultWidth: number, defaultHeight: number): number {
  return Math.min(maxPixels, 4 * defaultWidth * defaultHeight);
}

/**
 * The size nearest to a given image's that can be drawn: shrunk or enlarged in proportion into the limits, sides
 * multiples of 16. What is longer than 4:1 becomes 4:1, so that its ends are cut off.
 * @param most - about so many pixels; snapping may go a little over
 * @param maxSide - of the model
 */
export function sizeToDraw({ width, height }: Size, most: number = maxPixels, maxSide: number = longestSide): Size {
  const across = Math.min(width, maxAspectRatio * height);
  const down = Math.min(height, maxAspectRatio * width);
  const longest = Math.max(across, down);
  const shortest = Math.min(across, down);
  let scale = Math.min(1, maxSide / longest, Math.sqrt(most / (across * down)));
  if (shortest * scale < minSide) scale = minSide / shortest;
  const snap = (side: number) =>
    Math.min(maxSide, Math.max(minSide, Math.round((side * scale) / sizeMultiple) * sizeMultiple));
  const snapped = { width: snap(across), height: snap(down) };
  // Rounding may have gone past the longest ratio.
  return {
    width: Math.min(snapped.width, maxAspectRatio * snapped.height),
    height: Math.min(snapped.height, maxAspectRatio * snapped.width),
  };
}
