import { isAscii, isUtf8 } from "node:buffer";
import { type ByteSource, streamBytes } from "../bytes/byte-source.ts";

interface TextScan {
  readonly isAscii: boolean;
  readonly isUtf8: boolean;
  /** Up to 64 KB of lines that hold bytes beyond ASCII, from anywhere in the file. */
  readonly lines: readonly Uint8Array[];
}

const maxSampleBytes = 65_536;
const maxLineBytes = 2_000;

/**
 * Reads a text of unknown encoding to its end, or until it is certain that it is not UTF-8 and there are lines enough
 * to judge by: the only Chinese cell of a file may be its last.
 */
export async function scanText(source: ByteSource): Promise<TextScan> {
  const lines: Uint8Array[] = [];
  let sampleBytes = 0;
  let ascii = true;
  let utf8 = true;
  let carried: Uint8Array = new Uint8Array();
  let isFirst = true;
  for await (const piece of streamBytes(source)) {
    if (carried.length > 0 || !isAscii(piece)) {
      ascii = false;
      if (utf8) {
        const joined = carried.length > 0 ? Buffer.concat([carried, piece]) : piece;
        const whole = wholeCharacters(joined);
        utf8 = isUtf8(joined.subarray(0, whole));
        carried = joined.subarray(whole);
      }
      if (sampleBytes < maxSampleBytes) {
        for (const line of linesBeyondAscii(piece, isFirst)) {
          if (sampleBytes + line.length > maxSampleBytes) break;
          lines.push(line);
          sampleBytes += line.length;
        }
      }
      if (!utf8 && sampleBytes > maxSampleBytes - maxLineBytes) break;
    }
    isFirst = false;
  }
  // A character that never ends is none.
  return { isAscii: ascii, isUtf8: utf8 && carried.length === 0, lines };
}

/** Bytes up to the end of the last character that is whole, if this is UTF-8. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** Lines of a piece that hold bytes beyond ASCII, cut to 2,000 bytes; those cut by the piece's ends are left out. */
function* linesBeyondAscii(piece: Uint8Array, isFirst: boolean): Generator<Uint8Array, void> {
  let start = 0;
  let isBeyond = false;
  let isWhole = isFirst;
  for (let index = 0; index <= piece.length; index++) {
    const byte = index === piece.length ? 10 : piece[index]!;
    if (byte >= 0x80) isBeyond = true;
    if (byte !== 10 && byte !== 13) continue;
    if (isBeyond && isWhole) {
      const line = cut(piece.subarray(start, index));
      if (line.length > 0) yield line.slice();
    }
    start = index + 1;
    isBeyond = false;
    isWhole = true;
  }
}

/** At a byte that is in no encoding the second half of a character. */
function cut(line: Uint8Array): Uint8Array {
  if (line.length <= maxLineBytes) return line;
  let first = line.findIndex((byte) => byte >= 0x80);
  while (first > 0 && line[first - 1]! >= 0x30) first--;
  let end = Math.min(line.length, first + maxLineBytes);
  if (end < line.length) while (end > first && line[end - 1]! >= 0x30) end--;
  return line.subarray(first, end);
}
