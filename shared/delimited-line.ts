/** Before a UTF-8 file that a person may open in Excel, which else reads it in the code page of its machine. */
export const byteOrderMark = "\uFEFF";

export interface DelimitedOptions {
  /** @default "," */
  readonly delimiter?: "," | ";" | "\t";
  /**
   * Cells that a spreadsheet would take for formulas get a `'` in front. Never for files that a shop imports: it would
   * keep the character. @default false
   */
  readonly escapeFormulas?: boolean;
}

/** One line of a CSV or TSV file (RFC 4180), ended by CRLF. Cells are quoted where they have to be. */
export function delimitedLine(cells: readonly string[], options: DelimitedOptions = {}): string {
  const { delimiter = ",", escapeFormulas = false } = options;
  const written = cells.map((cell) => quoted(escapeFormulas ? withoutFormula(cell) : cell, delimiter));
  return `${written.join(delimiter)}\r\n`;
}

function quoted(cell: string, delimiter: string): string {
  const needsQuotes = cell.includes(delimiter) || /["\r\n]/.test(cell) || cell.trim() !== cell;
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** OWASP's list, with the full-width forms, which spreadsheets in East Asian languages take for the same signs. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

function withoutFormula(cell: string): string {
  return formulaStart.test(cell) ? `'${cell}` : cell;
}
