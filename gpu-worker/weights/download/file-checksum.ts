import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Checksum of a file's content. `git-sha1` is git's object id, which small files on Hugging Face have in place of a
 * SHA-256.
 */
export interface Checksum {
  readonly kind: "sha256" | "git-sha1";
  /** Lower case hexadecimal. */
  readonly hex: string;
}

/**
 * The checksum of a file in hexadecimal, read one mebibyte at a time.
 * @param onBytes - called with the size of each piece that was read
 */
export async function fileChecksum(
  path: string,
  kind: Checksum["kind"] = "sha256",
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const hash = createHash(kind === "sha256" ? "sha256" : "sha1");
  if (kind === "git-sha1") hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(piece as Buffer);
    onBytes?.((piece as Buffer).length);
  }
  return hash.digest("hex");
}
