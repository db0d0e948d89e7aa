/** Bits in which the difference hashes of two images that look alike differ at most. */
const alike = 3;
/** Two hashes that differ in at most three of 64 bits are equal in at least one of four bands of 16. */
const bands = 4;
const bandDigits = 16 / bands;

/** An image among others: only those of different products are compared. */
interface HashedImage {
  /** Names it in the result. */
  readonly key: string;
  readonly sku: string;
  /** 16 hex digits. */
  readonly dhash: string;
}

/** Images of one band that are compared with each other at most: what a hundred images share is a plain white one. */
const maxShared = 100;

/**
 * Keys of the images that look like one of another product. Hashes are found by their bands, so that the time does not
 * grow with the pairs.
 */
export function nearDuplicates(images: Iterable<HashedImage>): ReadonlySet<string> {
  const byBand = new Map<string, HashedImage[]>();
  const found = new Set<string>();
  for (const image of images) {
    for (let band = 0; band < bands; band++) {
      const key = `${band}${image.dhash.slice(bandDigits * band, bandDigits * (band + 1))}`;
      const others = byBand.get(key);
      if (others === undefined) {
        byBand.set(key, [image]);
        continue;
      }
      for (const other of others) {
        if (other.sku === image.sku || distance(other.dhash, image.dhash) > alike) continue;
        found.add(other.key).add(image.key);
      }
      if (others.length < maxShared) others.push(image);
    }
  }
  return found;
}

/** Bits in which two hashes differ. */
export function distance(a: string, b: string): number {
  let bits = 0;
  for (let i = 0; i < 16; i += 8) {
    let rest = (Number.parseInt(a.slice(i, i + 8), 16) ^ Number.parseInt(b.slice(i, i + 8), 16)) >>> 0;
    for (; rest !== 0; rest &= rest - 1) bits++;
  }
  return bits;
}
