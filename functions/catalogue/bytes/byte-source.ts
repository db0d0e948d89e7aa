import { CatalogueError } from "../problems/catalogue-problem.ts";

/** A file of known length that may be read anywhere. */
export interface ByteSource {
  readonly bytes: number;
  /** Bytes `start` to `end`, `end` not included; both lie within the file. Fewer than asked for is an error of the source. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A part of a file that lies in several objects. */
interface SourcePart {
  readonly bytes: number;
  /** As `ByteSource.read`, within the part. */
  read(start: number, end: number): Promise<Uint8Array>;
}

const pieceBytes = 1_000_000;

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

/**
 * One file out of its parts, in their order.
 * @throws CatalogueError `upload_incomplete` from `read` where a part has fewer bytes than it should
 */
export function partsSource(parts: readonly SourcePart[]): ByteSource {
  const starts: number[] = [];
  let bytes = 0;
  for (const part of parts) {
    starts.push(bytes);
    bytes += part.bytes;
  }
  return {
    bytes,
    async read(start, end) {
      const pieces: Uint8Array[] = [];
      for (let index = partAt(starts, start); index < parts.length && starts[index]! < end; index++) {
        const part = parts[index]!;
        const from = Math.max(start - starts[index]!, 0);
        const to = Math.min(end - starts[index]!, part.bytes);
        if (to <= from) continue;
        const piece = await part.read(from, to);
        if (piece.length !== to - from) {
          throw new CatalogueError("upload_incomplete", { value: `byte ${starts[index]! + from + piece.length}` });
        }
        pieces.push(piece);
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    },
  };
}

/** Index of the last part that starts at or before `offset`. */
function partAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The file from `start` on, in pieces of a megabyte; the next piece is fetched while one is used. */
export async function* streamBytes(source: ByteSource, start = 0): AsyncGenerator<Uint8Array, void> {
  const readFrom = (from: number) => {
    if (from >= source.bytes) return undefined;
    const piece = source.read(from, Math.min(from + pieceBytes, source.bytes));
    // A reader may stop here; it then never waits for this piece.
    piece.catch(() => {});
    return piece;
  };
  let at = start;
  let next = readFrom(at);
  while (next !== undefined) {
    const piece = await next;
    at += piece.length;
    if (piece.length === 0) throw new CatalogueError("upload_incomplete", { value: `byte ${at}` });
    next = readFrom(at);
    yield piece;
  }
}
