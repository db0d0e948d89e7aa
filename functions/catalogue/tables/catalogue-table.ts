import type { CatalogueWarning } from "../problems/catalogue-problem.ts";

/** Where a picture of a workbook's cell is. */
export interface CellPicture {
  /** Index of the column. */
  readonly column: number;
  /**
   * Entry of the workbook, for `CatalogueTable.readPicture`; absent when the cell names a picture that is not there.
   */
  readonly entry?: string;
  /** What the cell calls it. */
  readonly name: string;
}

/** Address behind a workbook's cell, whatever the cell reads. */
export interface CellLink {
  /** Index of the column. */
  readonly column: number;
  readonly url: string;
}

/** One record of a table: a line of a CSV file, a row of a sheet, an object of JSON, an item of a feed. */
export interface CatalogueRecord {
  /** From 1: where it begins in the file; the number of its row in a sheet. */
  readonly line: number;
  /** Texts, in the order of the columns. */
  readonly cells: readonly string[];
  /** Pictures that lie in its cells, in sheets only. */
  readonly pictures?: readonly CellPicture[];
  /** Addresses behind its cells, in sheets only. */
  readonly links?: readonly CellLink[];
  /** Lines of a blank record that stands for several. */
  readonly blankLines?: number;
  /** Columns whose number had more digits than a spreadsheet keeps (15), in sheets only. */
  readonly imprecise?: readonly number[];
}

type FileKind = "csv" | "xlsx" | "jsonl" | "json" | "xml";

/** How the encoding of a text was found, and what its letters look like in the best two. */
export interface EncodingReport {
  readonly name: string;
  readonly foundBy: "asked" | "byte_order_mark" | "nul_bytes" | "ascii" | "utf8" | "xml_declaration" | "letters";
  /** The best two by letters, best first, each with up to three texts of the file read in it. */
  readonly candidates?: readonly {
    readonly name: string;
    readonly score: number;
    readonly samples: readonly string[];
  }[];
}

export interface SheetReport {
  readonly name: string;
  /** Rows that hold something. */
  readonly rows: number;
  readonly hidden: boolean;
}

/** What was found out about a file while it was read. Counts and warnings are complete once its records are read. */
export interface TableReport {
  readonly kind: FileKind;
  readonly encoding?: EncodingReport;
  readonly delimiter?: string;
  /** Whether quotes are quotes; false in Amazon's listing reports. */
  readonly quoting?: boolean;
  readonly sheet?: string;
  readonly sheets?: readonly SheetReport[];
  /** Lines of the header, the one that names the columns last. */
  readonly headerRows: readonly number[];
  readonly columns: readonly string[];
  /** Records that were read, without the dropped ones. */
  readonly records: number;
  readonly dropped: {
    readonly blank: number;
    /** Above the header: titles, comments, versions; below it: second header rows and examples. */
    readonly aboveHeader: number;
    readonly totals: number;
  };
  /** More than a fifth of the records have another number of cells than the header. */
  readonly isRagged: boolean;
  readonly warnings: readonly CatalogueWarning[];
}

/** An open catalogue file. */
export interface CatalogueTable {
  readonly kind: FileKind;
  /** Names of the columns, each once, in file order. */
  readonly columns: readonly string[];
  /** Every record, once per call, with exactly one cell a column. Memory does not grow with the file. */
  records(): AsyncGenerator<CatalogueRecord, void>;
  /** As far as the latest call of `records` has come. */
  report(): TableReport;
  /** Bytes of a picture of a cell. @throws CatalogueError when the entry is damaged or too large */
  readPicture?(entry: string): Promise<Uint8Array>;
}

/** What a caller decides about a file; everything else is found out. */
export interface OpenOptions {
  /** Encoding of a text. */
  readonly encoding?: string;
  /** Sheet of a workbook. @default the one with most rows under a plausible header */
  readonly sheet?: string;
  /** Line of the header that names the columns, from 1. */
  readonly headerRow?: number;
  /** Decides between encodings that fit equally well. */
  readonly acceptLanguage?: string;
}
