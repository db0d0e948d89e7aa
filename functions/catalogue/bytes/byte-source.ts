import { CatalogueError } from "../problems/catalogue-problem.ts";

/** A file of known length that may be read anywhere. */
export interface ByteSource {
  readonly bytes: number;
  /**
   * Bytes `start` to `end`, `end` not included; both lie within the file. Fewer than asked for is an error of the
   * source.
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A part of a file that lies in several objects. */
interface SourcePart {
  readonly bytes: number;
  /** As `ByteSource.read`, within the part. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * Larger ones make larger texts, which live long enough to fill the old generation: 234 instead of 174 MB at the peak.
 */
const pieceBytes = 262_144;
/** Pieces under way at once: a store that takes 30 ms for each still gives 35 MB a second. */
const piecesAhead = 4;

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

/** The file from `start` on, in pieces of a quarter of a megabyte; the next ones are fetched while one is used. */
export async function* streamBytes(source: ByteSource, start = 0): AsyncGenerator<Uint8Array, void> {
  const ahead: Promise<Uint8Array>[] = [];
  let asked = start;
  const ask = () => {
    if (asked >= source.bytes) return;
    const end = Math.min(asked + pieceBytes, source.bytes);
    const piece = source.read(asked, end);
    // A reader may stop here; it then never waits for this piece.
    piece.catch(() => {});
    ahead.push(piece);
    asked = end;
  };
  while (ahead.length < piecesAhead && asked < source.bytes) ask();
  let at = start;
  for (let piece = ahead.shift(); piece !== undefined; piece = ahead.shift()) {
    const bytes = await piece;
    at += bytes.length;
    ask();
    yield bytes;
  }
  if (at < source.bytes) throw new CatalogueError("upload_incomplete", { value: `byte ${at}` });
}
