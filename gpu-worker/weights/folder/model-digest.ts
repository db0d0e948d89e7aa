import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileChecksum } from "../download/file-checksum.ts";
import { openModelFolder } from "./model-folder.ts";
import type { ModelParts } from "./named-parts.ts";

/**
 * SHA-256 that tells a model from every other: over a line for each file that it is loaded from, `PART/FILE SHA-256`,
 * sorted. Where its files lie makes no difference. Reads all of them: some ten seconds for 20 GB in memory.
 * @throws InvalidFileError as `openModelFolder`
 */
export async function modelDigest(dir: string, parts: ModelParts = {}): Promise<string> {
  const { scheduler, tokenizer, textEncoder, transformer, vae, siglip } = await openModelFolder(dir, parts);
  const lines: string[] = [];
  for (const [part, path] of Object.entries({ scheduler, tokenizer, textEncoder, transformer, vae, siglip })) {
    for (const file of await filesOf(path)) {
      const name = file === path ? basename(file) : relative(path, file);
      lines.push(`${part}/${name} ${await fileChecksum(file)}\n`);
    }
  }
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

/** A part is a file, or a folder of files; one that a model lacks has none. */
async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path);
  const nested = await Promise.all(
    entries.filter((name) => !name.startsWith(".")).map((name) => filesOf(join(path, name))),
  );
  return nested.flat();
}
