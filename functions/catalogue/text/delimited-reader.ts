import type { CatalogueLimits } from "../limits.ts";
import type { Warnings } from "../problems/warnings.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import {
  cellTooLarge,
  type Dialect,
  literalCells,
  QuotedCells,
  type QuoteRules,
  textLength,
  tooManyColumns,
} from "./quoted-cells.ts";

/** Blank lines in a row that are records of their own; those that follow are one record. */
const blankRecords = 100;

/** Lines of a record with bad quoting, once as much as the whole text has been read in vain. */
const hurriedLines = 10;

interface DelimitedOptions {
  readonly dialect: Dialect;
  readonly limits: CatalogueLimits;
  /** Cells that most records have: decides between two readings of a record with bad quoting. */
  readonly width?: number;
  readonly warnings?: Warnings;
}

/** A reading of the record that begins at the current line. */
interface Reading {
  readonly cells: readonly string[];
  readonly lines: number;
  readonly end: number;
}

type StrictReading =
  | { readonly kind: "complete"; readonly reading: Reading }
  | { readonly kind: "irregular" | "unclosed"; readonly lines: number; readonly end: number }
  | { readonly kind: "needs_text" };

/**
 * Records of a text that arrives in pieces, in time linear in its length. Nearly all lines hold no quote and are split
 * as they are. A record with quotes is read by RFC 4180; where that fails, or gives another number of cells than the
 * other records have, it is read again by more tolerant rules, so that one bad quote costs no row:
 * - a quote inside a cell that does not begin with one is a character, and so is a closing quote followed by text;
 * - spaces before an opening quote are dropped if the record then fits;
 * - a record that was written into one quoted cell as a whole is taken out of it;
 * - a quote that is never closed, or whose end does not make the record fit, is a character: descriptions may be long,
 *   but what is read in vain is bounded by the length of the text.
 */
export class DelimitedReader {
  readonly #dialect: Dialect;
  readonly #limits: CatalogueLimits;
  readonly #width: number | undefined;
  readonly #warnings: Warnings | undefined;
  #text = "";
  #at = 0;
  #line = 1;
  #isLast = false;
  /** Up to the current line. */
  #blankLines = 0;
  /**
   * Characters that may yet be read in vain, in records that run over several lines: in all as many as the text has.
   */
  #patience = 0;
  /** The first quote at or after `from`. */
  #quote = { from: 0, at: -1 };

  constructor({ dialect, limits, width, warnings }: DelimitedOptions) {
    this.#dialect = dialect;
    this.#limits = limits;
    this.#width = width;
    this.#warnings = warnings;
  }

  /** @throws CatalogueError `cell_too_large`, `too_many_columns`, with the line */
  *push(piece: string): Generator<CatalogueRecord, void> {
    this.#text = this.#text.slice(this.#at) + piece;
    this.#patience += piece.length;
    this.#at = 0;
    this.#quote = { from: 0, at: -1 };
    yield* this.#records();
  }

  /** The records that only the end of the text completes. */
  *end(): Generator<CatalogueRecord, void> {
    this.#isLast = true;
    yield* this.#records();
  }

  *#records(): Generator<CatalogueRecord, void> {
    while (this.#at < this.#text.length) {
      const end = this.#lineEnd(this.#at);
      const reading = end === undefined ? undefined : this.#read(end);
      if (reading === undefined) {
        this.#refuseEndless();
        return;
      }
      const line = this.#line;
      this.#line += reading.lines;
      this.#at = Math.min(reading.end + 1, this.#text.length);
      const [first] = reading.cells;
      this.#blankLines = first === "" && reading.cells.length === 1 ? this.#blankLines + 1 : 0;
      if (this.#blankLines <= blankRecords) yield { line, cells: reading.cells };
      else yield { line, cells: reading.cells, blankLines: 1 + this.#skipBlankLines() };
    }
  }

  /** @returns how many there were: a megabyte of line ends takes no longer than other text */
  #skipBlankLines(): number {
    const { newline } = this.#dialect;
    let lines = 0;
    for (;;) {
      let end = this.#at;
      while (this.#text[end] === "\r" && newline !== "\r") end++;
      if (this.#text[end] !== newline) break;
      this.#at = end + 1;
      lines++;
    }
    this.#line += lines;
    return lines;
  }

  /** Index of the line's end; `undefined` while it has not arrived. */
  #lineEnd(start: number): number | undefined {
    const end = this.#text.indexOf(this.#dialect.newline, start);
    if (end >= 0) return end;
    return this.#isLast ? this.#text.length : undefined;
  }

  #read(end: number): Reading | undefined {
    if (this.#dialect.quoting && this.#nextQuote(this.#at) < end) return this.#readQuoted(end);
    return { cells: this.#split(this.#text.slice(this.#at, end)), lines: 1, end };
  }

  #nextQuote(from: number): number {
    const { from: known, at } = this.#quote;
    if (from >= known && from <= at) return at;
    const found = this.#text.indexOf('"', from);
    this.#quote = { from, at: found < 0 ? this.#text.length : found };
    return this.#quote.at;
  }

  #split(line: string): string[] {
    const { columns, cellCharacters } = this.#limits;
    const text = line.slice(0, textLength(line));
    const cells = text.split(this.#dialect.delimiter, columns + 1);
    if (cells.length > columns) throw tooManyColumns(this.#line, columns);
    if (text.length > cellCharacters) {
      const large = cells.find((cell) => cell.length > cellCharacters);
      if (large !== undefined) throw cellTooLarge(this.#line, large, cellCharacters);
    }
    return cells;
  }

  #readQuoted(end: number): Reading | undefined {
    const strict = this.#readStrictly(end);
    if (strict.kind === "needs_text") return undefined;
    if (strict.kind === "complete")
      return this.#fits(strict.reading) ? strict.reading : this.#readMisfit(strict.reading, end);
    if (strict.lines > 1) this.#patience -= strict.end - this.#at;
    const reading = this.#readTolerantly(strict.lines, end);
    const isUnclosed = strict.kind === "unclosed" || strict.lines > 1;
    this.#warnings?.add(isUnclosed ? "unclosed_quote" : "irregular_quotes", this.#line);
    return reading;
  }

  #readStrictly(firstEnd: number): StrictReading {
    const quoted = this.#quotedCells("strict");
    let start = this.#at;
    let end: number | undefined = firstEnd;
    for (let lines = 1; ; lines++) {
      const outcome = this.#feed(quoted, start, end, lines);
      if (outcome === "complete") return { kind: "complete", reading: { cells: quoted.cells, lines, end } };
      if (outcome === "irregular") return { kind: "irregular", lines, end };
      if (outcome === undefined) return { kind: "unclosed", lines, end };
      const isTooLong = lines > 1 && quoted.openCharacters > this.#limits.cellCharacters;
      start = end + 1;
      const isPatient = this.#patience > 0 || lines < hurriedLines;
      if (!isPatient || isTooLong || (this.#isLast && start >= this.#text.length))
        return { kind: "unclosed", lines, end };
      end = this.#lineEnd(start);
      if (end === undefined) return { kind: "needs_text" };
    }
  }

  /** `undefined` where several lines together exceed what a record may hold: a quote in them was never closed. */
  #feed(quoted: QuotedCells, start: number, end: number, lines: number) {
    try {
      return quoted.feed(this.#text.slice(start, end));
    } catch (error) {
      if (lines === 1) throw error;
      return undefined;
    }
  }

  /** A record that is well quoted but has another number of cells than the others. */
  #readMisfit(reading: Reading, firstEnd: number): Reading {
    const unwrapped = this.#unwrapped(reading);
    if (unwrapped !== undefined) return unwrapped;
    const lenient = this.#readBy("lenient", reading.lines, firstEnd);
    if (lenient !== undefined && this.#fits(lenient)) return lenient;
    if (reading.lines === 1) return reading;
    // Two quotes that were never closed close each other, and swallow the records between them.
    const literal = this.#readLiterally(firstEnd);
    if (!this.#fits(literal)) return reading;
    this.#patience -= reading.end - this.#at;
    this.#warnings?.add("unclosed_quote", this.#line);
    return literal;
  }

  /**
   * `"V-1,""Vase, blue"",9"` is what a spreadsheet makes of a line that it did not split, where the line has quotes.
   */
  #unwrapped({ cells, ...place }: Reading): Reading | undefined {
    const [text = ""] = cells;
    if (cells.length !== 1 || !text.includes(this.#dialect.delimiter)) return undefined;
    const quoted = this.#quotedCells("strict");
    const reading = { ...place, cells: quoted.cells };
    return quoted.feed(text) === "complete" && this.#fits(reading) ? reading : undefined;
  }

  /** @param lines - of the strict reading, up to the one where it failed */
  #readTolerantly(lines: number, firstEnd: number): Reading {
    const onOneLine = this.#readBy("lenient", 1, firstEnd);
    if (onOneLine !== undefined && (this.#width === undefined || this.#fits(onOneLine))) return onOneLine;
    const inches = this.#readBy("inches", 1, firstEnd);
    if (inches !== undefined && this.#fits(inches)) return inches;
    const literal = this.#readLiterally(firstEnd);
    if (this.#width === undefined || this.#fits(literal)) return literal;
    const onSeveralLines = lines > 1 ? this.#readBy("lenient", lines, firstEnd) : undefined;
    if (onSeveralLines !== undefined && this.#fits(onSeveralLines)) return onSeveralLines;
    return onOneLine ?? literal;
  }

  /** The record by other rules, if they complete it within the same lines. */
  #readBy(rules: QuoteRules, maxLines: number, firstEnd: number): Reading | undefined {
    const quoted = this.#quotedCells(rules);
    let start = this.#at;
    let end: number | undefined = firstEnd;
    for (let lines = 1; lines <= maxLines && end !== undefined; lines++) {
      const outcome = this.#feed(quoted, start, end, lines);
      if (outcome === "complete") return { cells: quoted.cells, lines, end };
      if (outcome === undefined) return undefined;
      start = end + 1;
      end = start > this.#text.length ? undefined : this.#lineEnd(start);
    }
    return undefined;
  }

  #readLiterally(end: number): Reading {
    const line = this.#text.slice(this.#at, end);
    return { cells: literalCells(line, this.#dialect, this.#limits, this.#line), lines: 1, end };
  }

  #quotedCells(rules: QuoteRules): QuotedCells {
    return new QuotedCells(this.#dialect, rules, this.#limits, this.#line);
  }

  #fits({ cells }: Reading): boolean {
    return this.#width === undefined || cells.length === this.#width;
  }

  /** A record that has not ended after all it may hold is refused before it is read. */
  #refuseEndless(): void {
    const { recordCharacters, cellCharacters, columns } = this.#limits;
    const held = this.#text.length - this.#at;
    if (held <= recordCharacters) return;
    const begun = this.#text.slice(this.#at, this.#at + recordCharacters);
    const cells = begun.split(this.#dialect.delimiter, columns + 1);
    if (cells.length > columns) throw tooManyColumns(this.#line, columns);
    const large = cells.find((cell) => cell.length > cellCharacters) ?? begun;
    throw cellTooLarge(this.#line, large, cellCharacters);
  }
}
