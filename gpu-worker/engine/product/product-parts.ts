/** A part this much smaller than the largest one is a speck of the background, not of the product. */
const speckShare = 0.02;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Takes specks out of a product: of its connected parts (in eight directions), those remain that have at least a
 * fiftieth of the largest one's area. A pair of shoes has two parts, and nothing thin is lost, as it would be by an
 * opening.
 * @param product - `[H, W]`, 1 for product
 * @returns pixels that remain; what is removed becomes 0 in `product`
 */
export function keepLargeParts(product: Uint8Array, { width, height }: Size): number {
  const labels = new Int32Array(product.length);
  const waiting = new Int32Array(product.length);
  const areas = [0];
  for (let first = 0; first < product.length; first++) {
    if (product[first] !== 1 || labels[first] !== 0) continue;
    const label = areas.length;
    let [count, area] = [0, 0];
    labels[first] = label;
    waiting[count++] = first;
    while (count > 0) {
      const at = waiting[--count]!;
      area++;
      const [x, y] = [at % width, Math.floor(at / width)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (product[next] !== 1 || labels[next] !== 0) continue;
          labels[next] = label;
          waiting[count++] = next;
        }
      }
    }
    areas.push(area);
  }
  const largest = areas.reduce((most, area) => Math.max(most, area), 0);
  let kept = 0;
  for (let i = 0; i < product.length; i++) {
    if (product[i] !== 1) continue;
    if (areas[labels[i]!]! >= speckShare * largest) kept++;
    else product[i] = 0;
  }
  return kept;
}
