import { open, rename, rm } from "node:fs/promises";
import { format, parse } from "node:path";

/** Where picture `index` of `n` goes: `cat.png` as it is, or `cat-1.png`, `cat-2.png` … */
export function outputPath(out: string, index: number, n: number): string {
  if (n === 1) return out;
  const { dir, name, ext } = parse(out);
  return format({ dir, name: `${name}-${index + 1}`, ext });
}

/** The file appears whole under its name, or not at all. */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`; // beside it: a rename does not cross file systems
  try {
    await using file = await open(temporary, "w");
    await file.writeFile(bytes);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
