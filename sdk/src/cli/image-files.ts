import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { JobImage } from "../api.ts";
import { type DownloadedImage, sha256Hex } from "../download.ts";
import { ZImageError } from "../errors.ts";

const extensions = { png: "png", jpeg: "jpg", webp: "webp", avif: "avif" } as const;
const formats: { readonly [extension: string]: keyof typeof extensions } = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
  ".avif": "avif",
};

/** The format that a file name asks for. */
export function formatOf(path: string): keyof typeof extensions | undefined {
  return formats[extname(path).toLowerCase()];
}

/**
 * Where an image goes. A folder (it exists, or ends in a slash): `<job>-<index>.<format>` in it, the same for every
 * command, so that what is there is not fetched twice. A file name: that, and for several images `name-0.png`,
 * `name-1.png`, …
 */
export async function pathFor(out: string, jobId: string, image: JobImage, count: number): Promise<string> {
  assertPlain(jobId, image);
  if (await isFolder(out)) return join(out, `${jobId}-${image.index}.${extensions[image.format]}`);
  if (count === 1) return out;
  const extension = extname(out);
  return join(dirname(out), `${basename(out, extension)}-${image.index}${extension}`);
}

/** File names are made of what a server says, and whatever it says they must not leave the folder. */
function assertPlain(jobId: string, { index, format }: JobImage): void {
  const isPlain =
    /^\w[\w-]{0,99}$/.test(jobId) && Number.isInteger(index) && index >= 0 && Object.hasOwn(extensions, format);
  if (isPlain) return;
  const what = JSON.stringify({ id: jobId, index, format }).slice(0, 200);
  throw new ZImageError(`the server describes an image that no file can be named after: ${what}; nothing was written`);
}

async function isFolder(path: string): Promise<boolean> {
  if (/[/\\]$/.test(path)) return true;
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether the file is there, to the byte. */
export function isSaved(path: string, { sha256 }: JobImage): Promise<boolean> {
  return isSavedFile(path, sha256);
}

export async function isSavedFile(path: string, sha256: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && (await sha256Hex(new Uint8Array(bytes))) === sha256;
}

/** The file appears as a whole or not at all. */
export function save(path: string, { bytes }: DownloadedImage): Promise<void> {
  return saveFile(path, bytes);
}

export async function saveFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
