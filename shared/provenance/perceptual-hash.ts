/**
 * A perceptual hash: the signs of an image's lowest frequencies, which survive scaling, re-encoding and the loss of all
 * metadata. 256 bits of a discrete cosine transform (DCT-II) of the image as 64 × 64 grey pixels, those of the lowest
 * frequencies first. Files of one image differ in a few bits; other images in about half.
 * @see C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, DCT based hash
 */

/** Side of the grey image that is hashed. */
export const hashedSide = 64;
const frequencies = 16;
/** Bits of the bucket that a hash is looked for in: the frequencies (u, v) with 1 ≤ u + v ≤ 5. */
const bucketDigits = 5;
/** The least certain bits of the bucket: it is looked for with each of them either way. */
const doubtedBits = 6;
/** Grey levels that the amplitudes must have in sum: an image of a single colour has nothing to hash. */
const leastContrast = 1;

/** Frequencies (u, v) from the lowest up, without (0, 0), the mean; the last bit is always 0. */
const order = Array.from(
  { length: frequencies ** 2 },
  (_, i) => [Math.floor(i / frequencies), i % frequencies] as const,
)
  .sort(([u, v], [s, t]) => u + v - (s + t) || u - s)
  .slice(1);

const cosines = Float64Array.from({ length: frequencies * hashedSide }, (_, i) => {
  const u = Math.floor(i / hashedSide);
  return Math.cos((Math.PI * u * (2 * (i % hashedSide) + 1)) / (2 * hashedSide)) / hashedSide;
});

export interface PerceptualHash {
  /** 64 hex digits. */
  readonly hash: string;
  /** Buckets in which an image that looks the same is, from the likeliest on; the first is its own. */
  readonly buckets: readonly string[];
}

/**
 * @param gray - `[64, 64]`, 0..255, row by row
 * @returns `undefined` for an image of one colour
 */
export function perceptualHash(gray: Uint8Array): PerceptualHash | undefined {
  const coefficients = lowFrequencies(gray);
  const values = order.map(([u, v]) => coefficients[u * frequencies + v]!);
  const contrast = values.reduce((sum, value) => sum + Math.abs(value), 0);
  if (contrast < leastContrast) return undefined;
  const bits = values.map((value) => (value > 0 ? 1 : 0));
  const hash = hexOf(bits);
  const doubted = values
    .slice(0, 4 * bucketDigits)
    .map((value, bit) => ({ bit, size: Math.abs(value) }))
    .sort((a, b) => a.size - b.size)
    .slice(0, doubtedBits);
  const buckets = Array.from({ length: 2 ** doubtedBits }, (_, flips) => {
    const turned = bits.slice(0, 4 * bucketDigits);
    for (const [i, { bit }] of doubted.entries()) if ((flips >> i) & 1) turned[bit]! ^= 1;
    return hexOf(turned);
  });
  return { hash, buckets };
}

/** Bucket of a stored hash. */
export function bucketOf(hash: string): string {
  return hash.slice(0, bucketDigits);
}

/** Bits in which two hashes differ. */
export function hashDistance(a: string, b: string): number {
  let distance = 0;
  for (let i = 0; i < a.length; i += 8) {
    let differing = Number.parseInt(a.slice(i, i + 8), 16) ^ Number.parseInt(b.slice(i, i + 8), 16);
    for (; differing !== 0; differing &= differing - 1) distance++;
  }
  return distance;
}

/** The lowest frequencies in both directions, `[u, v]` with u down and v across. */
function lowFrequencies(gray: Uint8Array): Float64Array {
  // Rows first: 64 × 16 sums of 64, then 16 × 16 of 64.
  const rows = new Float64Array(hashedSide * frequencies);
  for (let y = 0; y < hashedSide; y++) {
    for (let v = 0; v < frequencies; v++) {
      let sum = 0;
      for (let x = 0; x < hashedSide; x++) sum += gray[y * hashedSide + x]! * cosines[v * hashedSide + x]!;
      rows[y * frequencies + v] = sum;
    }
  }
  const result = new Float64Array(frequencies ** 2);
  for (let u = 0; u < frequencies; u++) {
    for (let v = 0; v < frequencies; v++) {
      let sum = 0;
      for (let y = 0; y < hashedSide; y++) sum += rows[y * frequencies + v]! * cosines[u * hashedSide + y]!;
      result[u * frequencies + v] = sum;
    }
  }
  return result;
}

/** @param bits - filled up with zeros to whole digits */
function hexOf(bits: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bits.length; i += 4) {
    text += ((bits[i]! << 3) | ((bits[i + 1] ?? 0) << 2) | ((bits[i + 2] ?? 0) << 1) | (bits[i + 3] ?? 0)).toString(16);
  }
  return text;
}
