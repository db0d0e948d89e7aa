import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileChecksum } from "../gpu-worker/weights/download/file-checksum.ts";
import { openModelFolder } from "../gpu-worker/weights/folder/model-folder.ts";
import type { ManifestFile } from "../gpu-worker/weights/folder/model-manifest.ts";
import { InvalidInputError } from "../shared/errors.ts";
import type { Objects } from "../shared/ports/objects.ts";

/** Files of this size and more need `putLarge`; S3 takes up to 5 GB in one request, and memory less. */
const inMemoryBytes = 256 * 2 ** 20;

export interface UploadedWeights {
  readonly files: number;
  readonly bytes: number;
}

/**
 * A checkpoint's folder into the weights bucket. The manifest goes last: workers that look meanwhile find the old version or none.
 *
 * @param putLarge - stores a file of any size from its path
 * @throws InvalidFileError when `folder` is no complete checkpoint
 */
export async function uploadWeights(
  objects: Pick<Objects, "put">,
  folder: string,
  prefix: string,
  putLarge?: (key: string, path: string, bytes: number) => Promise<void>,
): Promise<UploadedWeights> {
  await openModelFolder(folder);
  const files: ManifestFile[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.sort((a, b) => (join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1))) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (entry.isDirectory() || path.split("/").some((part) => part.startsWith("."))) continue;
    const { size: bytes } = await stat(join(folder, path));
    const sha256 = await fileChecksum(join(folder, path));
    const contentType = path.endsWith(".json") ? "application/json" : "application/octet-stream";
    if (bytes < inMemoryBytes) {
      await objects.put(`${prefix}/${path}`, await readFile(join(folder, path)), { contentType });
    } else if (putLarge !== undefined) {
      await putLarge(`${prefix}/${path}`, join(folder, path), bytes);
    } else {
      throw new InvalidInputError("file_too_large", `${path} has ${bytes} bytes, more than fits into one request`);
    }
    files.push({ path, bytes, sha256 });
  }
  const manifest = Buffer.from(JSON.stringify({ files }));
  await objects.put(`${prefix}/manifest.json`, manifest, { contentType: "application/json" });
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
