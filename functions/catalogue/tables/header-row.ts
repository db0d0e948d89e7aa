import { CatalogueError } from "../problems/catalogue-problem.ts";
import { isKnownName } from "../profiles/field-names.ts";
import type { CatalogueRecord } from "./catalogue-table.ts";

/** Where the table begins within its first records. */
export interface Layout {
  /** Lines of the header, the one that names the columns last. */
  readonly headerRows: readonly number[];
  readonly columns: readonly string[];
  /** As the header has them; none where it is no row. */
  readonly headerTexts: readonly string[];
  /** Cells that the header's record has, the empty ones at its end too. */
  readonly headerCells: number;
  /** Records up to this line are no data. */
  readonly lastLine: number;
}

/** Records in which the header is looked for. */
export const headerWindow = 30;

const maxNameCharacters = 60;

/**
 * Finds the header: the record with most known or short distinct texts, above the data. Titles, comments and versions
 * above it, and rows that explain it below, are passed over.
 *
 * @param records - the first ones, in sheets with the value of merged cells in all of them
 * @param asked - line of the header, where the caller knows
 * @throws CatalogueError `header_row_not_found`, `no_rows`
 */
export function findLayout(records: readonly CatalogueRecord[], asked?: number): Layout {
  const rows = records.filter(({ cells }) => !cells.every(isBlankText));
  const index = asked === undefined ? headerIndex(rows) : rows.findIndex(({ line }) => line === asked);
  const header = rows[index];
  if (header === undefined) {
    if (asked === undefined) throw new CatalogueError("no_rows", { value: "" });
    throw new CatalogueError(
      "header_row_not_found",
      { value: String(asked), limit: headerWindow },
      { param: "header_row" },
    );
  }
  if (asked === undefined && index === 0 && isData(rows)) return layoutWithoutHeader(rows);
  const above = rows[index - 1];
  const isGroups = above !== undefined && isGroupRow(above.cells, header.cells);
  const columns = columnNames(header.cells, isGroups ? above.cells : []);
  return {
    headerRows: isGroups ? [above.line, header.line] : [header.line],
    columns,
    headerTexts: header.cells.map((cell) => cell.trim()),
    headerCells: header.cells.length,
    lastLine: lastExplanation(rows, index),
  };
}

/**
 * Whether the first row is a product already: no shop's name of a column is in it, but an address or a number where the
 * rows below have one too. Taken for a header it would be lost.
 */
function isData(rows: readonly CatalogueRecord[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined || rest.length === 0 || first.cells.some((cell) => nameKind(cell) === "name")) return false;
  const below = rest.slice(0, 5);
  return first.cells.some(
    (cell, index) => nameKind(cell) === "value" && below.every(({ cells }) => nameKind(cells[index] ?? "") === "value"),
  );
}

function nameKind(cell: string): "name" | "value" | "text" {
  const text = cell.trim();
  return isKnownName(text) ? "name" : isValue(text) ? "value" : "text";
}

function layoutWithoutHeader(rows: readonly CatalogueRecord[]): Layout {
  const width = Math.max(...rows.slice(0, 5).map(({ cells }) => cells.length));
  const columns = Array.from({ length: width }, (_, index) => `Column ${index + 1}`);
  return { headerRows: [], columns, headerTexts: [], headerCells: rows[0]!.cells.length, lastLine: 0 };
}

function headerIndex(rows: readonly CatalogueRecord[]): number {
  const exact = rows.findIndex(({ cells }) => isFieldRow(cells));
  if (exact >= 0) return exact;
  const scores = rows.map(({ cells }, index) => (isComment(cells, index) ? 0 : headerScore(cells)));
  const best = Math.max(...scores);
  // The last record can only be a header of nothing.
  const enough = Math.max(best * 0.75, Number.MIN_VALUE);
  const found = Math.max(
    0,
    scores.findIndex((score) => score >= enough),
  );
  const below = rows[found + 1];
  return below !== undefined && namesParts(rows[found]!.cells, below.cells) ? found + 1 : found;
}

/**
 * Whether a row names the parts of the groups in the row above: where that one has a name of its own, there is nothing,
 * or the same name again.
 */
function namesParts(groups: readonly string[], cells: readonly string[]): boolean {
  const text = (row: readonly string[], index: number) => row[index]?.trim() ?? "";
  const isGap = (index: number) => text(groups, index) === "" || text(groups, index) === text(groups, index - 1);
  let own = 0;
  let parts = 0;
  for (let index = 0; index < Math.max(groups.length, cells.length); index++) {
    const cell = text(cells, index);
    if (isValue(cell) || cell.length > maxNameCharacters) return false;
    if (isGap(index) && cell !== "") parts++;
    if (isGap(index) || isGap(index + 1)) continue;
    if (cell !== "" && cell !== text(groups, index)) return false;
    own++;
  }
  return own > 0 && parts > 0;
}

/** Rows of field names that stand between rows of labels and examples: Amazon's and Taobao's. */
function isFieldRow(cells: readonly string[]): boolean {
  const has = (name: string) => cells.includes(name);
  return (
    has("contribution_sku#1.value") || (has("item_sku") && has("item_name")) || (has("outer_id") && has("picture"))
  );
}

function isComment(cells: readonly string[], index: number): boolean {
  const first = (cells[0] ?? "").trim();
  return first.startsWith("#") || (index === 0 && /^version \d/i.test(first));
}

function headerScore(cells: readonly string[]): number {
  const seen = new Set<string>();
  let score = 0;
  for (const cell of cells) {
    const text = cell.trim();
    if (text === "") continue;
    const isRepeated = seen.has(text);
    seen.add(text);
    if (isRepeated) score -= 0.5;
    else if (isValue(text)) score -= 2;
    else if (isKnownName(text)) score += 4;
    else if (text.length <= maxNameCharacters) score += 1;
  }
  return score;
}

/** A number, a date, an address: no name of a column. */
function isValue(text: string): boolean {
  return /^[-+¥￥$€£]?\d[\d.,:/\s%-]*$/.test(text) || /^https?:\/\//i.test(text) || /^(?:true|false)$/i.test(text);
}

/** Whether the row above names groups of columns: it has several values, and none of them is only a title. */
function isGroupRow(above: readonly string[], header: readonly string[]): boolean {
  const values = new Set(above.map((cell) => cell.trim()).filter((text) => text !== ""));
  if (values.size < 2 || isFieldRow(header)) return false;
  return !isComment(above, 1) && [...values].every((text) => text.length <= maxNameCharacters && !isValue(text));
}

function columnNames(header: readonly string[], groups: readonly string[]): string[] {
  const texts = header.map((cell, index) => visibleName(cell) || visibleName(groups[index] ?? ""));
  while (texts.length > 0 && texts.at(-1) === "") texts.pop();
  const used = new Set(texts);
  const taken = new Set<string>();
  /** By name, the number at which to go on looking for one that is free. */
  const next = new Map<string, number>();
  return texts.map((text, index) => {
    const name = text === "" ? `Column ${index + 1}` : text;
    if (!taken.has(name)) {
      taken.add(name);
      return name;
    }
    let number = next.get(name) ?? 2;
    while (taken.has(`${name} (${number})`) || used.has(`${name} (${number})`)) number++;
    next.set(name, number + 1);
    const numbered = `${name} (${number})`;
    taken.add(numbered);
    return numbered;
  });
}

/** On one line, without what cannot be seen. */
function visibleName(cell: string): string {
  return cell
    .normalize("NFC")
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** Line of the last row after the header that only explains it. */
function lastExplanation(rows: readonly CatalogueRecord[], index: number): number {
  const header = rows[index]!;
  if (header.cells.includes("contribution_sku#1.value")) {
    const dataRow = /(?:^|&)dataRow=(\d{1,3})(?:&|$)/.exec(rows[0]?.cells[0]?.replace(/^settings=/, "") ?? "")?.[1];
    if (dataRow !== undefined) return Math.max(header.line, Number(dataRow) - 1);
  }
  let last = header.line;
  for (const { line, cells } of rows.slice(index + 1)) {
    if (!isExplanation(cells, header.cells)) break;
    last = line;
  }
  return last;
}

const explanations =
  /^(?:required|preferred|optional|desired|conditionally required|商家编码|宝贝名称|必填|选填|示例)$/i;
const demands =
  /^[*(（【[]?\s*(?:required|mandatory|optional|recommended|conditional(?:ly)?(?: required| mandatory)?|必填|选填|必選|選填|非必填|可选|必須|任意|pflicht(?:feld)?|erforderlich|obligatoire|facultatif|optionnel|obligatorio|requerido|opcional)\s*[)）】\]]?$/i;

function isExplanation(cells: readonly string[], header: readonly string[]): boolean {
  if (isFieldRow(header)) return cells.some((cell) => explanations.test(cell.trim()));
  const texts = cells.map((cell) => cell.trim()).filter((text) => text !== "");
  if (texts.some(isValue)) return false;
  if (texts.some((text) => /^(?:必填|选填)$/.test(text)) || texts.every((text) => demands.test(text))) return true;
  // The header once more in another language, or as the names that programs use.
  return texts.length >= 2 && texts.filter(isKnownName).length * 5 >= texts.length * 3;
}

/** Nothing, or a line drawn with hyphens below the header or between groups. */
export function isBlankText(cell: string): boolean {
  const text = cell.trim();
  return text === "" || /^[-=_*–—]{2,}$/.test(text);
}
