import { contentTypes, fileExtensions } from "../../../shared/job.ts";
import type { ItemInput, Items, Json } from "../../../shared/ports/items.ts";
import { queryEach } from "../../../shared/ports/query-all.ts";
import { recordType } from "../../../shared/ports/record.ts";
import type { KeptImage } from "../../runs/run.ts";
import { fileStem } from "../plan/file-names.ts";
import { type MemoryOwner, memoryPartition } from "../run/image-memory.ts";
import type { NamedFile } from "../run/task-results.ts";

/** An image at a permanent public address. */
export interface Publication {
  /** Object key. */
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly contentType: string;
  /** Milliseconds since the epoch. */
  readonly publishedAt: number;
  /** Its address answers 410 since then. */
  readonly withdrawnAt?: number;
}

const record = recordType<Publication>("published image", ["key", "sha256", "contentType"]);
const digestDigits = 10;

/** `16 letters and digits` / `10 hexadecimal digits` / a file name of ASCII without commas. */
const publicPathPattern = /^[0-9a-z]{16}\/[0-9a-f]{10}\/[\w.~-]{1,120}$/;

/**
 * Where the public images of a run key lie: nobody can guess it, so that knowing an SKU opens nothing. `undefined`
 * while nothing was published.
 */
export async function publicFolder(items: Items, owner: MemoryOwner): Promise<string | undefined> {
  return (await items.get(folderKey(owner)))?.data.folder as string | undefined;
}

/** The same, made where there is none. */
export async function makePublicFolder(items: Items, owner: MemoryOwner, newId: () => string): Promise<string> {
  const known = await publicFolder(items, owner);
  if (known !== undefined) return known;
  // The 80 random bits of a ULID.
  const folder = newId().slice(-16).toLowerCase();
  try {
    await items.write([{ put: { ...folderKey(owner), data: { folder } }, if: { absent: true } }]);
    return folder;
  } catch (error) {
    const other = await publicFolder(items, owner);
    if (other === undefined) throw error;
    return other;
  }
}

function folderKey(owner: MemoryOwner) {
  return { pk: `${memoryPartition(owner)}#PUBLIC`, sk: "FOLDER" };
}

/**
 * The end of an image's public address: other bytes, another address. ASCII and without a comma, at which importers of
 * shops split; with the extension that fits the format, which Google compares.
 */
export function publicName({ name, sha256, format }: Pick<NamedFile, "name" | "sha256" | "format">): string {
  const sku = name.slice(0, name.lastIndexOf("."));
  const stem = fileStem("{sku}", { sku, shot: "", n: 1, version: 1 }, { ascii: true });
  return `${sha256.slice(0, digestDigits)}/${stem}.${fileExtensions[format]}`;
}

function publicUrl(origin: string, folder: string, name: string): string {
  return `${origin}/i/${folder}/${name}`;
}

export async function findPublication(items: Items, path: string): Promise<Publication | undefined> {
  if (!publicPathPattern.test(path)) return undefined;
  const item = await items.get(publicationKey(path.slice(0, 16), path.slice(17)));
  return item && record.read(item);
}

export function publicationWrite(folder: string, name: string, publication: Publication): { readonly put: ItemInput } {
  return { put: { ...publicationKey(folder, name), data: record.write(publication) as { [key: string]: Json } } };
}

export function publicationOf({ key, sha256, bytes, format }: KeptImage, now: number): Publication {
  return { key, sha256, bytes, contentType: contentTypes[format], publishedAt: now };
}

/** Everything that was published in a folder, by the end of its address. */
export async function readPublications(items: Items, folder: string): Promise<Map<string, Publication>> {
  const found = new Map<string, Publication>();
  for await (const item of queryEach(items, { index: "main", partition: publicationPartition(folder) })) {
    found.set(item.sk, record.read(item));
  }
  return found;
}

function publicationKey(folder: string, name: string) {
  return { pk: publicationPartition(folder), sk: name };
}

/** Holds what was ever published in a folder. */
export function publicationPartition(folder: string): string {
  return `PUBLIC#${folder}`;
}

/** Public addresses of the images of a run key, as far as they have one. */
export interface PublicAddresses {
  urlOf(file: NamedFile): string | undefined;
}

/** @param origin - address that clients reach us under, without a trailing slash */
export async function publicAddresses(items: Items, owner: MemoryOwner, origin: string): Promise<PublicAddresses> {
  const folder = await publicFolder(items, owner);
  if (folder === undefined) return { urlOf: () => undefined };
  const published = await readPublications(items, folder);
  return {
    urlOf(file) {
      const name = publicName(file);
      const found = published.get(name);
      const isPublic = found !== undefined && found.withdrawnAt === undefined && found.sha256 === file.sha256;
      return isPublic ? publicUrl(origin, folder, name) : undefined;
    },
  };
}
