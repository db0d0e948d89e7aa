import { expect, it } from "vitest";
import { bucketOf, hashDistance, hashedSide, perceptualHash } from "./perceptual-hash.ts";

/** Sum of waves, each `[u, v, amplitude]` over the side. */
function waves(...given: readonly (readonly [u: number, v: number, amplitude: number])[]): Uint8Array {
  return Uint8Array.from({ length: hashedSide ** 2 }, (_, i) => {
    const [y, x] = [Math.floor(i / hashedSide), i % hashedSide];
    const wave = (k: number, at: number) => Math.cos((Math.PI * k * (2 * at + 1)) / (2 * hashedSide));
    return Math.round(128 + given.reduce((sum, [u, v, amplitude]) => sum + amplitude * wave(u, y) * wave(v, x), 0));
  });
}

it("has a bit for each of the lowest frequencies, lowest first", () => {
  // (0, 1) and (1, 0) come first, then (0, 2): the signs of those that are there.
  expect(perceptualHash(waves([0, 1, 60], [1, 0, -30], [0, 2, 20]))!.hash[0]).toMatch(/[ab]/);
  expect(perceptualHash(waves([0, 1, -60], [1, 0, 30], [0, 2, 20]))!.hash[0]).toMatch(/[67]/);
});

it("looks for an image in the buckets of its least certain bits", () => {
  const { hash, buckets } = perceptualHash(waves([0, 1, 60], [1, 0, -30], [0, 2, 20]))!;
  expect([buckets[0], buckets.length, new Set(buckets).size]).toEqual([bucketOf(hash), 64, 64]);
  // The three that are there are certain.
  expect(new Set(buckets.map((bucket) => Number.parseInt(bucket[0]!, 16) >> 1)).size).toBe(1);
});

it("has nothing to hash in one colour", () => {
  expect(perceptualHash(new Uint8Array(hashedSide ** 2).fill(200))).toBeUndefined();
});

it.each([
  ["00".repeat(32), "00".repeat(32), 0],
  ["00".repeat(32), `${"00".repeat(31)}05`, 2],
  ["f".repeat(64), "0".repeat(64), 256],
  [`8${"0".repeat(63)}`, "0".repeat(64), 1],
])("counts the bits in which hashes differ", (a, b, distance) => {
  expect(hashDistance(a, b)).toBe(distance);
});
