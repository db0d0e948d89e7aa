/** Images of a category without which nothing can be said of what is usual in it. */
const leastImages = 5;
/** Share of the canvas by which a product may be larger or smaller than is usual: a guess, tried on no large model. */
const tolerance = 0.1;

/** A product's share of its canvas, among those that a shop shows beside it. */
export interface FilledImage {
  /** Names it in the result. */
  readonly key: string;
  /** Shot and category: images are compared within them. */
  readonly group: string;
  /** 0..1 */
  readonly fill: number;
}

/** Keys of the images whose fill differs from the median of their group: a page of them looks uneven. */
export function unevenFill(images: readonly FilledImage[]): ReadonlySet<string> {
  const groups = Map.groupBy(images, ({ group }) => group);
  const found = new Set<string>();
  for (const group of groups.values()) {
    if (group.length < leastImages) continue;
    const usual = group.map(({ fill }) => fill).sort((a, b) => a - b)[Math.floor(group.length / 2)]!;
    for (const { key, fill } of group) if (Math.abs(fill - usual) > tolerance) found.add(key);
  }
  return found;
}
