import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, link, mkdir, open, opendir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { checkByteRange, checkObjectKey, checkObjectPrefix } from "../ports/object-key.ts";
import type { ObjectInfo, Objects, StoredObject, WalkedObject } from "../ports/objects.ts";
import { syncFolder } from "../process/sync-folder.ts";

/**
 * `objects` in a folder, which other processes may use as well. `folder/objects` holds one file per object,
 * `folder/unfinished` what is still being written.
 *
 * A file is the object's bytes, its content type, and 4 bytes that tell the content type's length. One file, because
 * then one `rename` or `link` makes body and type appear together; the type last, because then byte n of the object is
 * byte n of the file, and an image file opens in any viewer.
 */
export function openEmbeddedObjects(folder: string): Objects {
  return new FolderObjects(folder);
}

/**
 * Not characters of a key: an object `a` and a folder `a` of objects never meet, nor a long segment and two short ones.
 */
const objectSuffix = "@";
const continuedSuffix = "+";
/** File systems take names of 255 bytes. */
const maxNameCharacters = 200;
const maxContentTypeBytes = 1024;
const lengthBytes = 4;
const maxPublishAttempts = 5;
/** Files that a killed writer left behind are deleted at the next start once they are this old. */
const abandonedAfterMs = 3_600_000;

class FolderObjects implements Objects {
  readonly #root: string;
  readonly #unfinished: string;

  constructor(folder: string) {
    this.#root = resolve(folder, "objects");
    this.#unfinished = resolve(folder, "unfinished");
    mkdirSync(this.#root, { recursive: true });
    mkdirSync(this.#unfinished, { recursive: true });
    removeAbandoned(this.#unfinished);
  }

  async put(key: string, body: Uint8Array, { contentType }: { readonly contentType: string }): Promise<void> {
    await this.#store(key, body, contentType, rename);
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    { contentType }: { readonly contentType: string },
  ): Promise<boolean> {
    try {
      // Unlike rename, link refuses a name that exists.
      await this.#store(key, body, contentType, link);
      return true;
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    }
  }

  get(key: string): Promise<StoredObject | undefined> {
    return this.#withFile(key, async (file, info) => ({ ...info, body: await readBytes(file, 0, info.bytes) }));
  }

  /** `bytes` in the response is the size of the whole object. */
  async getRange(key: string, start: number, end: number): Promise<StoredObject | undefined> {
    checkByteRange(start, end);
    return this.#withFile(key, async (file, info) => {
      if (start >= info.bytes) throw new RangeError(`${key} has ${info.bytes} bytes, a range cannot start at ${start}`);
      return { ...info, body: await readBytes(file, start, Math.min(end + 1, info.bytes) - start) };
    });
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#withFile(key, async (_file, info) => info);
  }

  async list(
    prefix: string,
    { limit = 1000, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<{ objects: ObjectInfo[]; cursor?: string }> {
    checkObjectPrefix(prefix);
    if (cursor !== undefined) checkObjectKey(cursor);
    const keys = (await this.#keysUnder(prefix)).filter((key) => cursor === undefined || key > cursor).sort();
    const page = keys.slice(0, limit);
    const objects: ObjectInfo[] = [];
    for (const key of page) {
      const info = await this.head(key);
      if (info) objects.push(info); // else deleted since
    }
    return keys.length > limit ? { objects, cursor: page.at(-1)! } : { objects };
  }

  async *walk(prefix: string): AsyncGenerator<WalkedObject> {
    checkObjectPrefix(prefix);
    const folders = [this.#folderOf(prefix)];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for await (const entry of (await opendir(folder).catch(ignoreMissing)) ?? []) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.name.endsWith(objectSuffix)) {
          const key = this.#key(path);
          const info = key.startsWith(prefix) ? await stat(path).catch(ignoreMissing) : undefined;
          if (info !== undefined) yield { key, modifiedAt: Math.floor(info.mtimeMs) };
        }
      }
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await rm(path, { force: true });
    await syncFolder(dirname(path)).catch(ignoreMissing);
    await this.#removeEmptied(dirname(path));
  }

  async presign(key: string): Promise<undefined> {
    checkObjectKey(key);
  }

  async presignPut(key: string): Promise<undefined> {
    checkObjectKey(key);
  }

  async close(): Promise<void> {}

  #path(key: string): string {
    checkObjectKey(key);
    const names = key.split("/").flatMap((segment) => {
      const chunks = segment.match(new RegExp(`.{1,${maxNameCharacters}}`, "g"))!;
      return chunks.map((chunk, i) => (i < chunks.length - 1 ? chunk + continuedSuffix : chunk));
    });
    return join(this.#root, ...names) + objectSuffix;
  }

  async #store(
    key: string,
    body: Uint8Array,
    contentType: string,
    publish: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const path = this.#path(key);
    const temporary = join(this.#unfinished, randomUUID());
    try {
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(body);
        await file.writeFile(trailer(contentType));
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#publish(temporary, path, publish);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** A concurrent delete of a folder's last object may remove the folder just made: it is then made again. */
  async #publish(from: string, to: string, publish: (from: string, to: string) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#makeFolder(dirname(to));
        await publish(from, to);
        return await syncFolder(dirname(to));
      } catch (error) {
        if (!hasCode(error, "ENOENT") || attempt === maxPublishAttempts) throw error;
      }
    }
  }

  /** The folder and those above it, up to the first that still holds something. */
  async #removeEmptied(folder: string): Promise<void> {
    for (let emptied = folder; emptied !== this.#root; emptied = dirname(emptied)) {
      try {
        await rmdir(emptied);
      } catch {
        return; // not empty, or gone
      }
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    const firstMade = await mkdir(folder, { recursive: true });
    if (firstMade === undefined) return;
    for (let made = folder; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made));
  }

  async #withFile<T>(key: string, use: (file: FileHandle, info: ObjectInfo) => Promise<T>): Promise<T | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.#path(key), "r");
    } catch (error) {
      return ignoreMissing(error);
    }
    try {
      return await use(file, await readInfo(file, key));
    } finally {
      await file.close();
    }
  }

  async #keysUnder(prefix: string): Promise<string[]> {
    const start = this.#folderOf(prefix);
    const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch(ignoreMissing);
    const keys = (entries ?? [])
      .filter((entry) => entry.isFile() && entry.name.endsWith(objectSuffix))
      .map((entry) => this.#key(join(entry.parentPath, entry.name)));
    return keys.filter((key) => key.startsWith(prefix));
  }

  /** The folder under which all objects with this prefix lie. */
  #folderOf(prefix: string): string {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    // The folder's own path: that of an object in it, one level up. Long segments may continue the last name instead.
    return folder === "" ? this.#root : dirname(this.#path(`${folder}x`));
  }

  #key(path: string): string {
    return relative(this.#root, path)
      .slice(0, -objectSuffix.length)
      .replaceAll(sep, "/")
      .replaceAll(`${continuedSuffix}/`, "");
  }
}

function trailer(contentType: string): Uint8Array {
  const type = Buffer.from(contentType);
  if (type.length > maxContentTypeBytes) {
    throw new RangeError(`a content type takes ${maxContentTypeBytes} bytes, got ${type.length}`);
  }
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(type.length);
  return Buffer.concat([type, length]);
}

async function readInfo(file: FileHandle, key: string): Promise<ObjectInfo> {
  const { size, mtimeMs } = await file.stat();
  const typeBytes =
    size < lengthBytes ? Number.NaN : (await readBytes(file, size - lengthBytes, lengthBytes)).readUInt32LE();
  const bytes = size - lengthBytes - typeBytes;
  if (!(typeBytes <= maxContentTypeBytes && bytes >= 0)) {
    throw new Error(`the file of object ${key} has no content type at its end: it was changed by another program`);
  }
  const contentType = (await readBytes(file, bytes, typeBytes)).toString();
  return { key, bytes, contentType, modifiedAt: Math.floor(mtimeMs) };
}

async function readBytes(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0)
      throw new Error("the file became shorter while it was read: it was changed by another program");
    done += bytesRead;
  }
  return bytes;
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - modifiedAt > abandonedAfterMs) rmSync(path, { force: true });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT") && !hasCode(error, "ENOTDIR")) throw error;
}
