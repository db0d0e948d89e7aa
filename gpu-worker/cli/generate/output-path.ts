import { format, parse } from "node:path";

/** Path of image `index` of `n`: `cat.png` itself when there is one image, otherwise `cat-1.png`, `cat-2.png` … */
export function outputPath(out: string, index: number, n: number): string {
  if (n === 1) return out;
  const { dir, name, ext } = parse(out);
  return format({ dir, name: `${name}-${index + 1}`, ext });
}
