export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export interface BucketOptions {
  /** Pixels that a bucket holds at most, e.g. 1024 · 1024. */
  readonly pixels: number;
  /** Sides are multiples of this. @default 16, what an autoencoder of stride 8 and patches of 2 need */
  readonly step?: number;
  /** Longer side over shorter side. @default 2 */
  readonly maxAspectRatio?: number;
}

/**
 * The sizes that images are brought to: for every width that is a multiple of `step`, the tallest height that keeps
 * within `pixels`.
 */
export function bucketSizes({ pixels, step = 16, maxAspectRatio = 2 }: BucketOptions): readonly ImageSize[] {
  const sizes: ImageSize[] = [];
  for (let width = step; width <= pixels / step; width += step) {
    const height = Math.floor(pixels / width / step) * step;
    if (Math.max(width, height) / Math.min(width, height) > maxAspectRatio) continue;
    // Several widths may share a height; the widest of them loses the fewest pixels.
    if (sizes.at(-1)?.height === height) sizes.pop();
    sizes.push({ width, height });
  }
  if (sizes.length === 0)
    throw new Error(`no size with sides of a multiple of ${step} has at most ${pixels} pixels; allow more pixels`);
  return sizes;
}

/**
 * Index of the bucket whose shape is nearest to that of `size` (by the ratio of the aspect ratios); of two alike, the
 * larger.
 */
export function nearestBucket(size: ImageSize, buckets: readonly ImageSize[]): number {
  const distance = (bucket: ImageSize) =>
    Math.abs(Math.log((bucket.width * size.height) / (bucket.height * size.width)));
  let nearest = 0;
  buckets.forEach((bucket, index) => {
    const best = buckets[nearest]!;
    const gain = distance(best) - distance(bucket);
    const larger = bucket.width * bucket.height > best.width * best.height;
    if (gain > 1e-9 || (gain > -1e-9 && larger)) nearest = index;
  });
  return nearest;
}
