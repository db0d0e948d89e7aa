/** What a catalogue file may hold. Measured against hostile files in the tests of each reader. */
export interface CatalogueLimits {
  /** Bytes of a text file (CSV, JSON, XML). */
  readonly textBytes: number;
  readonly workbookBytes: number;
  readonly records: number;
  readonly products: number;
  readonly columns: number;
  /** UTF-16 code units of one cell. */
  readonly cellCharacters: number;
  /** Characters of one record, all cells together. */
  readonly recordCharacters: number;
}

export const catalogueLimits: CatalogueLimits = {
  textBytes: 500_000_000,
  workbookBytes: 100_000_000,
  records: 500_000,
  products: 50_000,
  columns: 2_000,
  cellCharacters: 1_000_000,
  recordCharacters: 4_000_000,
};

/** Limits of a ZIP: a workbook or an archive of pictures. */
export interface ZipLimits {
  readonly entries: number;
  /** Unpacked, of one entry and of all that are read. */
  readonly entryBytes: number;
  readonly totalBytes: number;
  /** Unpacked to packed, of an entry above `ratioFromBytes`. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const workbookZipLimits: ZipLimits = {
  entries: 2_000,
  entryBytes: 1_000_000_000,
  totalBytes: 1_500_000_000,
  ratio: 1_000,
  ratioFromBytes: 10_000_000,
};
