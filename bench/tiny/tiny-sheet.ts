import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import type { ImagePair } from "./tiny-score.ts";

const columns = 12;
const gap = 2;
const gapGrey = 200;

/**
 * A contact sheet: rows alternate generated and training image; each list of pairs begins a new row.
 * @throws Error without a pair
 */
export function contactSheet(lists: readonly (readonly ImagePair[])[]): RgbImage {
  const rows = lists.flatMap((pairs) =>
    Array.from({ length: Math.ceil(pairs.length / columns) }, (_, row) => {
      const those = pairs.slice(row * columns, (row + 1) * columns);
      return [those.map(({ generated }) => generated), those.map(({ reference }) => reference)];
    }).flat(),
  );
  const [first] = rows.flat();
  if (!first) throw new Error("no images for a sheet");
  const pitch = { x: first.width + gap, y: first.height + gap };
  const width = columns * pitch.x + gap;
  const height = rows.length * pitch.y + gap;
  const data = new Uint8Array(width * height * 3).fill(gapGrey);
  rows.forEach((images, row) => {
    images.forEach((image, column) => {
      const left = gap + column * pitch.x;
      const top = gap + row * pitch.y;
      for (let y = 0; y < image.height; y++) {
        const line = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
        data.set(line, ((top + y) * width + left) * 3);
      }
    });
  });
  return { data, width, height };
}
