import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { ByteSource } from "./byte-source.ts";

/**
 * A file that arrives as a stream, put into a temporary file so that it can be read anywhere. The file is deleted from
 * its folder at once and from the disk with `Symbol.asyncDispose`.
 * @throws CatalogueError `file_too_large` as soon as more than `maxBytes` have arrived
 */
export async function spoolSource(
  stream: AsyncIterable<Uint8Array>,
  { folder, maxBytes }: { readonly folder: string; readonly maxBytes: number },
): Promise<ByteSource & AsyncDisposable> {
  const path = join(folder, `catalogue-${process.pid}-${crypto.randomUUID()}`);
  const file = await open(path, "wx+");
  try {
    await unlink(path);
    let bytes = 0;
    for await (const piece of stream) {
      if (bytes + piece.length > maxBytes) {
        throw new CatalogueError("file_too_large", { value: `more than ${maxBytes}`, limit: maxBytes });
      }
      await writeAll(file, piece, bytes);
      bytes += piece.length;
    }
    return {
      bytes,
      read: (start, end) => readAll(file, start, end),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    at += (await file.write(piece, at, piece.length - at, position + at)).bytesWritten;
  }
}

async function readAll(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(end - start);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}
