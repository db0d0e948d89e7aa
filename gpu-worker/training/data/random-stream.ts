import { philox4x32 } from "../../pipeline/noise.ts";

/**
 * Numbers in 0 (inclusive) to 1 (exclusive), decided by a seed and up to three coordinates, as in `randomStream(seed,
 * epoch, position)`. Streams of different coordinates are independent, so any example of any epoch can be drawn again
 * without drawing those before it.
 *
 * Word `i mod 4` of Philox block `floor(i / 4)`: counter `[block, b, c, 0]`, key `[seed, a]`.
 *
 * @param seed, a, b, c - unsigned 32-bit integers
 */
export function randomStream(seed: number, a = 0, b = 0, c = 0): () => number {
  for (const value of [seed, a, b, c]) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new Error(`seed and coordinates must be unsigned 32-bit integers, got ${[seed, a, b, c].join(", ")}`);
  }
  let drawn = 0;
  let words = philox4x32([0, b, c, 0], [seed, a]);
  return () => {
    if (drawn > 0 && drawn % 4 === 0) words = philox4x32([drawn / 4, b, c, 0], [seed, a]);
    return words[drawn++ % 4]! / 2 ** 32;
  };
}

/** A whole number in 0..count−1. */
export function randomIndex(random: () => number, count: number): number {
  return Math.floor(random() * count);
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: () => number, items: readonly T[]): T {
  if (items.length === 0) throw new Error("nothing to pick from");
  return items[randomIndex(random, items.length)]!;
}

/** Shuffles in place, every order equally likely (Fisher–Yates). */
export function shuffle<T>(random: () => number, items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = randomIndex(random, last + 1);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
