import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import { columnOf } from "./read-sheet.ts";

/** Cells that are shown as one; lines from 1, columns from 0, both ends included. */
export interface MergedCells {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
}

interface SheetScan {
  /** Rows that have cells. */
  readonly rows: number;
  /** Merged cells that begin in the first lines. */
  readonly merged: readonly MergedCells[];
}

const overlap = 64;
const maxMerged = 1_000;

/**
 * Looks through a sheet without parsing it, some twenty times as fast: a sheet says which cells are merged only after
 * all of its rows.
 *
 * @param lastLine - merged cells that begin below are left out
 */
export async function scanSheet(zip: CatalogueZip, entry: string, lastLine: number): Promise<SheetScan> {
  let rows = 0;
  const merged: MergedCells[] = [];
  const look = (bytes: Buffer, start: number, end: number) => {
    for (let at = bytes.indexOf("row>", start); at >= 0 && at < end; at = bytes.indexOf("row>", at + 1)) {
      if (isClosing(bytes, at)) rows++;
    }
    collectMerged(bytes, start, end, lastLine, merged);
  };
  // What begins near the end of a piece is looked at with the next one; as much before it stays in sight.
  let held = Buffer.alloc(0);
  let seen = 0;
  for await (const piece of zip.stream(entry)) {
    const bytes = Buffer.concat([held, piece]);
    const end = Math.max(seen, bytes.length - overlap);
    look(bytes, seen, end);
    const first = Math.max(0, end - overlap);
    held = bytes.subarray(first);
    seen = end - first;
  }
  look(held, seen, held.length);
  return { rows, merged };
}

/** Whether `row>` at `at` ends `</row>` or `</x:row>`. */
function isClosing(bytes: Buffer, at: number): boolean {
  let first = at - 1;
  if (bytes[first] === 58) {
    first--;
    while (first >= 0 && at - first < 16 && isNameByte(bytes[first]!)) first--;
  }
  return bytes[first] === 47 && bytes[first - 1] === 60;
}

function isNameByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}

function collectMerged(bytes: Buffer, start: number, end: number, lastLine: number, merged: MergedCells[]): void {
  for (let at = bytes.indexOf("mergeCell ", start); at >= 0 && at < end; at = bytes.indexOf("mergeCell ", at + 1)) {
    const reference = /^mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"/.exec(
      bytes.toString("latin1", at, at + 48),
    );
    if (reference === null || Number(reference[2]) > lastLine || merged.length >= maxMerged) continue;
    merged.push({
      firstColumn: columnOf(reference[1]!),
      firstLine: Number(reference[2]),
      lastColumn: columnOf(reference[3]!),
      lastLine: Number(reference[4]),
    });
  }
}
