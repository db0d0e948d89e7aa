import { format, parse } from "node:path";
import { replaceFile } from "../../shared/process/replace-file.ts";

/** Where picture `index` of `n` goes: `cat.png` as it is, or `cat-1.png`, `cat-2.png` … */
export function outputPath(out: string, index: number, n: number): string {
  if (n === 1) return out;
  const { dir, name, ext } = parse(out);
  return format({ dir, name: `${name}-${index + 1}`, ext });
}

/** The file appears whole under its name, or not at all. */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(path, `${path}.${process.pid}.tmp`, (file) => file.writeFile(bytes));
}
