/**
 * How different the images of different seeds are: the root mean square distance of two of them, averaged over all
 * pairs of one caption, then over captions. A student that draws one image for every seed has none, while its losses
 * and scores look their best.
 * @param images - per caption, images of different seeds
 */
export function seedSpread(images: readonly (readonly Float32Array[])[]): number {
  const perCaption = images.map((seeds) => {
    const distances = seeds.flatMap((a, index) => seeds.slice(index + 1).map((b) => distance(a, b)));
    return mean(distances);
  });
  return mean(perCaption);
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
