import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";

/** How a text separates its cells and records. */
export interface Dialect {
  readonly delimiter: string;
  /** False where quotes are characters like others. */
  readonly quoting: boolean;
  /** A carriage return before a line feed belongs to the line end. */
  readonly newline: "\n" | "\r";
}

/**
 * `strict`: by RFC 4180. `lenient`: spaces around quotes are dropped, and a closing quote that is followed by text is a
 * character. `inches`: as lenient, and `""` at the end of a cell is one character and the end (`"27"",`).
 */
export type QuoteRules = "strict" | "lenient" | "inches";

type Outcome = "complete" | "open" | "irregular";

const quote = 34;
const carriageReturn = 13;
const stillOpen = -1;
const irregular = -2;

/**
 * Length of a line without the carriage returns at its end: a file that was changed twice on its way from one system
 * to another has two.
 */
export function textLength(line: string): number {
  let length = line.length;
  while (length > 0 && line.charCodeAt(length - 1) === carriageReturn) length--;
  return length;
}

/** Reads the cells of one record that has quotes, line by line. */
export class QuotedCells {
  readonly cells: string[] = [];
  readonly #dialect: Dialect;
  readonly #rules: QuoteRules;
  readonly #limits: CatalogueLimits;
  readonly #line: number;
  /** Lines of the quoted cell that is open. */
  #held: string[] | undefined;
  #heldCharacters = 0;

  /** @param line - number of the record's first line, for errors */
  constructor(dialect: Dialect, rules: QuoteRules, limits: CatalogueLimits, line: number) {
    this.#dialect = dialect;
    this.#rules = rules;
    this.#limits = limits;
    this.#line = line;
  }

  /** Characters of the cell that is open. */
  get openCharacters(): number {
    return this.#heldCharacters;
  }

  /** @param line - without its line feed; carriage returns at its end are part of the line end */
  feed(line: string): Outcome {
    const { delimiter } = this.#dialect;
    const end = textLength(line);
    let at = 0;
    let isInside = this.#held !== undefined;
    for (;;) {
      const open = isInside ? 0 : this.#openingQuote(line, at);
      isInside ||= open > 0;
      if (isInside) {
        at = this.#quoted(line, open, end);
        if (at === stillOpen) return "open";
        if (at === irregular) return "irregular";
        isInside = false;
      } else {
        const next = line.indexOf(delimiter, at);
        const cellEnd = next < 0 ? end : next;
        this.#push(line.slice(at, cellEnd));
        at = cellEnd;
      }
      if (at >= end) return "complete";
      at++;
    }
  }

  /** Index after the opening quote of a cell that begins at `at`, or 0. */
  #openingQuote(line: string, at: number): number {
    let first = at;
    if (this.#rules !== "strict") while (line[first] === " ") first++;
    return line.charCodeAt(first) === quote ? first + 1 : 0;
  }

  /** @returns index after the cell, `stillOpen` or `irregular` */
  #quoted(line: string, from: number, end: number): number {
    let hasPairs = false;
    let search = from;
    for (;;) {
      const at = line.indexOf('"', search);
      if (at < 0) {
        this.#hold(line.slice(from), hasPairs);
        return stillOpen;
      }
      if (line.charCodeAt(at + 1) === quote) {
        hasPairs = true;
        search = at + 2;
        if (this.#rules !== "inches" || !this.#isCellEnd(line, at + 2, end)) continue;
        this.#close(line.slice(from, at + 1), hasPairs);
        return at + 2;
      }
      let after = at + 1;
      if (this.#rules !== "strict") while (line[after] === " ") after++;
      if (this.#isCellEnd(line, after, end)) {
        this.#close(line.slice(from, at), hasPairs);
        return after;
      }
      if (this.#rules === "strict") return irregular;
      search = at + 1;
    }
  }

  #isCellEnd(line: string, at: number, end: number): boolean {
    return at >= end || line[at] === this.#dialect.delimiter;
  }

  #hold(text: string, hasPairs: boolean): void {
    this.#held ??= [];
    this.#held.push(hasPairs ? text.replaceAll('""', '"') : text);
    this.#heldCharacters += text.length + 1;
  }

  #close(text: string, hasPairs: boolean): void {
    const last = hasPairs ? text.replaceAll('""', '"') : text;
    const held = this.#held;
    this.#held = undefined;
    this.#heldCharacters = 0;
    this.#push(held === undefined ? last : [...held, last].join(this.#dialect.newline));
  }

  #push(cell: string): void {
    const { cellCharacters, columns } = this.#limits;
    if (cell.length > cellCharacters) throw cellTooLarge(this.#line, cell, cellCharacters);
    this.cells.push(cell);
    if (this.cells.length > columns) throw tooManyColumns(this.#line, columns);
  }
}

/**
 * The cells of one line in which a quote that opens a cell and is not closed on the line is a character. The cells are
 * those between delimiters, except where a quoted cell is closed as it should be.
 */
export function literalCells(line: string, { delimiter }: Dialect, limits: CatalogueLimits, number: number): string[] {
  const text = line.slice(0, textLength(line));
  const cells: string[] = [];
  // Closing quotes are looked for only so far in all, so that no arrangement of quotes is slow.
  let budget = 8 * text.length + 64;
  for (let at = 0; at <= text.length; ) {
    const close = text.charCodeAt(at) === quote && budget > 0 ? closingQuote(text, at + 1) : at;
    budget -= Math.abs(close) - at;
    const isQuoted = close > at && (close + 1 === text.length || text[close + 1] === delimiter);
    const next = isQuoted ? close + 1 : text.indexOf(delimiter, at);
    const end = next < 0 ? text.length : next;
    cells.push(isQuoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end));
    if (cells.length > limits.columns) throw tooManyColumns(number, limits.columns);
    at = end + 1;
  }
  return cells;
}

/** Index of the first quote from `from` on that is not one of a pair; the negative length where there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== quote) return at;
  }
  return -text.length;
}

export function cellTooLarge(line: number, cell: string, limit: number): CatalogueError {
  return new CatalogueError("cell_too_large", { line, value: cell.slice(0, 200), limit });
}

export function tooManyColumns(line: number, limit: number): CatalogueError {
  return new CatalogueError("too_many_columns", { line, value: `more than ${limit}`, limit });
}
