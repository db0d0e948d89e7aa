import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError, shortened } from "../problems/catalogue-problem.ts";
import { Warnings } from "../problems/warnings.ts";
import type { CatalogueRecord, CatalogueTable, OpenOptions, TableReport } from "./catalogue-table.ts";
import { findLayout, headerWindow, isBlankText, type Layout } from "./header-row.ts";
import { isTotalsRow } from "./totals-row.ts";

/** A file as rows of texts, before it is known which of them is the header. */
export interface RawTable
  extends Pick<TableReport, "kind" | "encoding" | "delimiter" | "quoting" | "sheet" | "sheets"> {
  /** Names of the columns, of a file that says them with each record: there is no header row then. */
  readonly columns?: readonly string[];
  /** Every row, from the first on. */
  rows(warnings: Warnings): AsyncIterable<CatalogueRecord>;
  /** The first rows with merged cells filled, where there can be such. */
  readonly headRows?: readonly CatalogueRecord[];
  /** Empty cells at the end of a row are not written. */
  readonly isSparse: boolean;
  readPicture?(entry: string): Promise<Uint8Array>;
}

const numberSign = 35;
const spreadsheetError = /^#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|SPILL!|CALC!)\s*$/;

/** Trailing rows held back until it is known whether more data follows. */
const maxTrailing = 10;

/**
 * Finds the header of a table and gives its records one cell a column.
 * @throws CatalogueError `no_rows`, `header_row_not_found`, and whatever reading the rows throws
 */
export async function openTable(raw: RawTable, options: OpenOptions, limits: CatalogueLimits): Promise<CatalogueTable> {
  const layout =
    raw.columns === undefined ? findLayout(await firstRows(raw), options.headerRow) : layoutOf(raw.columns);
  let reading = new TableReading(raw, layout, limits);
  const { readPicture } = raw;
  return {
    kind: raw.kind,
    columns: layout.columns,
    records() {
      reading = new TableReading(raw, layout, limits);
      return reading.records();
    },
    report: () => reading.report(),
    readPicture: readPicture && ((entry) => readPicture(entry)),
  };
}

async function firstRows(raw: RawTable): Promise<readonly CatalogueRecord[]> {
  if (raw.headRows !== undefined) return raw.headRows;
  const rows: CatalogueRecord[] = [];
  for await (const row of raw.rows(new Warnings())) {
    rows.push(row);
    if (rows.length === headerWindow) break;
  }
  return rows;
}

function layoutOf(columns: readonly string[]): Layout {
  return { headerRows: [], columns, headerTexts: [], headerCells: columns.length, lastLine: 0 };
}

/** One pass over the rows, with what it finds out. */
class TableReading {
  readonly #raw: RawTable;
  readonly #layout: Layout;
  readonly #limits: CatalogueLimits;
  readonly #warnings = new Warnings();
  #records = 0;
  #blank = 0;
  #aboveHeader = 0;
  #totals = 0;
  /** Records that only have one empty cell too many: a delimiter at the end of the line. */
  #withTrailingDelimiter = 0;

  constructor(raw: RawTable, layout: Layout, limits: CatalogueLimits) {
    this.#raw = raw;
    this.#layout = layout;
    this.#limits = limits;
  }

  async *records(): AsyncGenerator<CatalogueRecord, void> {
    let trailing: CatalogueRecord[] = [];
    const { kind } = this.#raw;
    const isCounted = kind === "json" || kind === "xml";
    for await (const row of isCounted ? this.#numberedRows() : this.#raw.rows(this.#warnings)) {
      if (row.line <= this.#layout.lastLine) {
        if (!this.#layout.headerRows.includes(row.line)) this.#aboveHeader++;
        continue;
      }
      if (isBlank(row)) {
        this.#blank += row.blankLines ?? 1;
        continue;
      }
      if (this.#isHeaderAgain(row.cells)) {
        this.#aboveHeader++;
        continue;
      }
      if (isTotalsRow(row.cells) && trailing.length < maxTrailing) {
        trailing.push(row);
        continue;
      }
      for (const held of trailing) yield this.#shaped(held);
      trailing = [];
      yield this.#shaped(row);
    }
    this.#totals = trailing.length;
    for (const { line } of trailing) this.#warnings.add("totals_dropped", line);
    if (this.#records === 0) {
      throw new CatalogueError("no_rows", { value: shortened(this.#layout.columns.slice(0, 5).join(", ")) });
    }
  }

  /** Exports that come in pages, or were put together from several files, have their header again. */
  #isHeaderAgain(cells: readonly string[]): boolean {
    const { headerTexts } = this.#layout;
    if (headerTexts.length < 2 || cells[0]?.trim() !== headerTexts[0]) return false;
    return headerTexts.every((text, index) => (cells[index] ?? "").trim() === text);
  }

  /** Objects that begin on one line are told apart by counting on: a row's line names it to people and programs. */
  async *#numberedRows(): AsyncGenerator<CatalogueRecord, void> {
    let last = 0;
    for await (const row of this.#raw.rows(this.#warnings)) {
      const line = Math.max(row.line, last + 1);
      last = line;
      yield line === row.line ? row : { ...row, line };
    }
  }

  #shaped(row: CatalogueRecord): CatalogueRecord {
    this.#records++;
    const { records: limit } = this.#limits;
    if (this.#records > limit) {
      throw new CatalogueError("too_many_products", { limit, what: { en: "records", zh: "记录" }, line: row.line });
    }
    const { cells } = row;
    const width = this.#layout.columns.length;
    if (this.#raw.encoding !== undefined && cells.some((cell) => cell.includes("\uFFFD"))) {
      this.#warnings.add("undecodable_bytes", row.line, { value: this.#raw.encoding.name });
    }
    this.#noteWidth(row);
    const known = this.#raw.kind === "csv" ? this.#withoutErrors(row) : row;
    if (cells.length === width) return known;
    if (cells.length > width) return { ...known, cells: known.cells.slice(0, width) };
    const padded = known.cells.slice();
    while (padded.length < width) padded.push("");
    return { ...known, cells: padded };
  }

  /** A table that a spreadsheet has written says `#N/A` where it could not compute a cell: nothing is known there. */
  #withoutErrors(row: CatalogueRecord): CatalogueRecord {
    const isError = (cell: string) => cell.charCodeAt(0) === numberSign && spreadsheetError.test(cell);
    if (!row.cells.some(isError)) return row;
    this.#warnings.add("error_value", row.line);
    return { ...row, cells: row.cells.map((cell) => (isError(cell) ? "" : cell)) };
  }

  #noteWidth({ line, cells }: CatalogueRecord): void {
    const { headerCells, columns } = this.#layout;
    if (cells.length === headerCells) return;
    if (this.#raw.isSparse) {
      if (cells.slice(columns.length).every((cell) => cell.trim() === "")) return;
    } else if (cells.length === headerCells + 1 && cells.at(-1)!.trim() === "") this.#withTrailingDelimiter++;
    this.#warnings.add("ragged_rows", line, { limit: headerCells });
  }

  report(): TableReport {
    const { kind, encoding, delimiter, quoting, sheet, sheets } = this.#raw;
    const ragged = this.#warnings.countOf("ragged_rows");
    const isTrailingDelimiter = ragged > 0 && ragged === this.#records && ragged === this.#withTrailingDelimiter;
    this.#warnings.describe("ragged_rows", { records: this.#records });
    const warnings = this.#warnings.list();
    return {
      kind,
      encoding,
      delimiter,
      quoting,
      sheet,
      sheets,
      headerRows: this.#layout.headerRows,
      columns: this.#layout.columns,
      records: this.#records,
      dropped: { blank: this.#blank, aboveHeader: this.#aboveHeader, totals: this.#totals },
      isRagged: !isTrailingDelimiter && ragged * 5 > this.#records,
      warnings: isTrailingDelimiter ? warnings.filter(({ code }) => code !== "ragged_rows") : warnings,
    };
  }
}

function isBlank({ cells, pictures }: CatalogueRecord): boolean {
  return pictures === undefined && cells.every(isBlankText);
}
