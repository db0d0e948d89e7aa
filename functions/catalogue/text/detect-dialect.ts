import { catalogueLimits } from "../limits.ts";
import { DelimitedReader } from "./delimited-reader.ts";
import type { Dialect } from "./quoted-cells.ts";

interface FoundDialect extends Dialect {
  /** Cells of most records. */
  readonly width: number;
  /** The first line only says `sep=;`. */
  readonly hasSeparatorLine: boolean;
}

/** The first wins among equals: tabs and commas are seldom both written in a text. */
const delimiters = ["\t", ",", ";", "|"] as const;
const sampleRecords = 50;
/** Lines so much shorter would be no evidence. */
const maxSampleCharacters = 1_000_000;

/** Header of Amazon's listing report, whose descriptions hold raw quotes. */
const unquotedHeader = ["seller-sku", "item-name", "listing-id"];

/**
 * The delimiter that gives most of the first fifty records the same number of cells, more than one; `sep=;` on the
 * first line wins. The newline is the one that occurs.
 */
export function detectDialect(beginning: string): FoundDialect {
  const sample = beginning.slice(0, maxSampleCharacters).replace(/^\uFEFF/, "");
  const newline = newlineOf(sample);
  const firstLine = sample.slice(0, 2_000).split(/[\r\n]/, 1)[0]!;
  const separator = /^"?sep=(.)"?$/i.exec(firstLine.trim())?.[1] ?? (/^sep=\t$/i.test(firstLine) ? "\t" : undefined);
  if (separator !== undefined) {
    const rest = sample.slice(firstLine.length).replace(/^\r?\n|^\r/, "");
    const dialect = { delimiter: separator, quoting: true, newline } as const;
    return { ...dialect, width: widthOf(countCells(rest, dialect)).width, hasSeparatorLine: true };
  }
  const header = firstLine.split("\t");
  if (unquotedHeader.every((name) => header.includes(name))) {
    return { delimiter: "\t", quoting: false, newline, width: header.length, hasSeparatorLine: false };
  }
  const bestOf = (text: string) => {
    const found = delimiters.map((delimiter) => {
      const dialect = { delimiter, quoting: true, newline } as const;
      return { ...dialect, ...widthOf(countCells(text, dialect)) };
    });
    return found.reduce((a, b) => (b.score > a.score ? b : a));
  };
  const asWritten = bestOf(sample);
  // Lines that are a quoted cell each, which holds the whole record.
  const best =
    asWritten.score === 0
      ? bestOf(
          sample
            .split(newline, sampleRecords + 1)
            .map(unwrapped)
            .join(newline),
        )
      : asWritten;
  const delimiter = best.score === 0 ? "," : best.delimiter;
  return { delimiter, quoting: true, newline, width: best.width, hasSeparatorLine: false };
}

/** The sign that ends lines outside of quoted cells: within them Excel for Mac has line feeds in files of returns. */
function newlineOf(sample: string): Dialect["newline"] {
  let isQuoted = false;
  let [feeds, returns] = [0, 0];
  for (const [sign] of sample.matchAll(/["\n\r]/g)) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (sign === "\n") feeds++;
    else returns++;
  }
  if (feeds + returns === 0) return sample.includes("\n") || !sample.includes("\r") ? "\n" : "\r";
  return feeds === 0 ? "\r" : "\n";
}

function unwrapped(line: string): string {
  const text = line.trim();
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

function countCells(sample: string, dialect: Dialect): number[] {
  const reader = new DelimitedReader({ dialect, limits: { ...catalogueLimits, columns: 2 ** 31 } });
  const counts: number[] = [];
  for (const { cells } of reader.push(sample)) {
    if (cells.some((cell) => cell.trim() !== "")) counts.push(cells.length);
    if (counts.length === sampleRecords) return counts;
  }
  if (sample.length < maxSampleCharacters) for (const { cells } of reader.end()) counts.push(cells.length);
  return counts;
}

/** The most usual number of cells, and how much it speaks for the delimiter. */
function widthOf(counts: readonly number[]): { readonly width: number; readonly score: number } {
  const usual = new Map<number, number>();
  for (const count of counts) usual.set(count, (usual.get(count) ?? 0) + 1);
  let width = 1;
  let times = 0;
  for (const [count, found] of usual) {
    if (count > 1 && (found > times || (found === times && count > width))) [width, times] = [count, found];
  }
  if (times === 0) return { width: 1, score: 0 };
  // Many columns are better evidence than few: a list within one cell may be regular too.
  return { width, score: times / counts.length + 0.03 * Math.min(width, 10) };
}
