import { labDistance } from "./lab-thumbnail.ts";

export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** For every image its nearest neighbour, as pairs of indices, each pair once, the closest first. */
export function closestPairs(thumbnails: readonly Float32Array[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const [a, thumbnail] of thumbnails.entries()) {
    let nearest: Pair | undefined;
    for (const [b, other] of thumbnails.entries()) {
      if (a === b) continue;
      const distance = labDistance(thumbnail, other);
      if (!nearest || distance < nearest.distance) nearest = { a: Math.min(a, b), b: Math.max(a, b), distance };
    }
    if (nearest) pairs.set(`${nearest.a} ${nearest.b}`, nearest);
  }
  return [...pairs.values()].sort((p, q) => p.distance - q.distance);
}

/** Goes through the images in order and leaves out each that is nearer than `leastDistance` to one already kept. */
export function dropNearDuplicates(
  thumbnails: readonly Float32Array[],
  leastDistance: number,
): { indices: number[]; dropped: { index: number; twin: number; distance: number }[] } {
  const indices: number[] = [];
  const dropped: { index: number; twin: number; distance: number }[] = [];
  for (const [index, thumbnail] of thumbnails.entries()) {
    let nearest = { index, twin: -1, distance: Number.POSITIVE_INFINITY };
    for (const twin of indices) {
      const distance = labDistance(thumbnail, thumbnails[twin]!);
      if (distance < nearest.distance) nearest = { index, twin, distance };
    }
    if (nearest.distance < leastDistance) dropped.push(nearest);
    else indices.push(index);
  }
  return { indices, dropped };
}
