import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { NamedFile, TaskResult } from "../run/task-results.ts";
import { manifestText } from "./manifest.ts";
import { type ZipLayout, zipLayout } from "./zip-layout.ts";

/** Limits of one archive: tools and people handle these well, and a manifest of them fits in memory. */
const maxFiles = 1_000;
const maxBytes = 1_000_000_000;
/** Read from the store at once. */
const pieceBytes = 1_000_000;

export interface Archive extends Pick<ZipLayout, "size"> {
  /** Hash of its content: the same files make the same archive. */
  readonly digest: string;
  read(start: number, end: number): AsyncGenerator<Uint8Array>;
}

/** Files of one archive, with the results that they belong to. */
interface Shard {
  readonly files: readonly NamedFile[];
  readonly results: readonly TaskResult[];
}

/**
 * The archive with this number, from 1; `undefined` behind the last. It holds a manifest of its own.
 */
export async function openArchive(
  results: AsyncIterable<TaskResult>,
  number: number,
  objects: Objects,
): Promise<Archive | undefined> {
  let index = 0;
  for await (const shard of shardsOf(results)) {
    if (++index === number) return archiveOf(shard, objects);
  }
  return undefined;
}

async function* shardsOf(results: AsyncIterable<TaskResult>): AsyncGenerator<Shard, void> {
  let [files, own, bytes]: [NamedFile[], TaskResult[], number] = [[], [], 0];
  for await (const result of results) {
    if (result.files.length === 0) continue;
    const added = result.files.reduce((sum, file) => sum + file.bytes, 0);
    if (files.length > 0 && (files.length + result.files.length > maxFiles || bytes + added > maxBytes)) {
      yield { files, results: own };
      [files, own, bytes] = [[], [], 0];
    }
    files.push(...result.files);
    own.push(result);
    bytes += added;
  }
  if (files.length > 0) yield { files, results: own };
}

async function archiveOf({ files, results }: Shard, objects: Objects): Promise<Archive> {
  async function* all() {
    yield* results;
  }
  let text = "";
  // Without links, which end: an interrupted download must find the same bytes a week later.
  for await (const piece of manifestText(all(), "csv")) text += piece;
  const manifest = Buffer.from(text);
  const entries = files.map(({ name, bytes: size, crc32: sum }) => ({ name, size, crc32: sum }));
  const layout = zipLayout([...entries, { name: "manifest.csv", size: manifest.length, crc32: crc32(manifest) }]);
  const digest = createHash("sha256").update(JSON.stringify(entries)).update(manifest).digest("hex").slice(0, 32);
  async function* open(index: number, start: number, end: number): AsyncGenerator<Uint8Array> {
    const file = files[index];
    if (file === undefined) return yield manifest.subarray(start, end + 1);
    for (let at = start; at <= end; at += pieceBytes) {
      const piece = await objects.getRange(file.key, at, Math.min(end, at + pieceBytes - 1));
      if (piece === undefined) throw new Error(`an image is gone: ${file.key}`);
      yield piece.body;
    }
  }
  return { size: layout.size, digest, read: (start, end) => layout.read(start, end, open) };
}
