import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpoint } from "../checkpoint.ts";

/**
 * Add to a hash all that decides what a component computes: `config.json` and the files of its weights.
 * @param folder - such as `vae/`
 * @returns 16 hexadecimal digits
 */
export async function hashComponent(folder: string, hash: Hash = createHash("sha256")): Promise<string> {
  // A component that is one file has none: it is of a released shape.
  hash.update(await readFile(join(folder, "config.json")).catch(() => ""));
  const files = new Set([...openCheckpoint(folder).tensors.values()].map(({ file }) => file));
  // Shards are larger than what can be read at once.
  for (const file of files) for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array);
  return hash.digest("hex").slice(0, 16);
}
