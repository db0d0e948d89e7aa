import type { ByteSource } from "../bytes/byte-source.ts";
import { notACatalogue } from "../bytes/detect-kind.ts";
import { type CatalogueLimits, workbookZipLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import { Warnings } from "../problems/warnings.ts";
import { isKnownName } from "../profiles/field-names.ts";
import type { CatalogueRecord, OpenOptions, SheetReport } from "../tables/catalogue-table.ts";
import { findLayout, headerWindow } from "../tables/header-row.ts";
import type { RawTable } from "../tables/open-table.ts";
import { CatalogueZip } from "../zip/catalogue-zip.ts";
import { readCellLinks } from "./cell-links.ts";
import { readSheetPictures } from "./cell-pictures.ts";
import { readSheet, type SheetContext } from "./read-sheet.ts";
import { type MergedCells, scanSheet } from "./scan-sheet.ts";
import { readSharedStrings } from "./shared-strings.ts";
import { readWorkbook, type SheetEntry } from "./workbook.ts";

const maxSheets = 50;
const maxPictureBytes = 50_000_000;
/** A header may lie below notices, but not below a thousand lines of them. */
const lastHeaderLine = 1_000;

interface OpenSheet {
  readonly sheet: SheetEntry;
  readonly rows: number;
  readonly context: SheetContext;
  readonly headRows: readonly CatalogueRecord[];
}

/** A sheet of a workbook: the one asked for, or the one with most rows under a plausible header. */
export async function openWorkbookTable(
  source: ByteSource,
  options: OpenOptions,
  limits: CatalogueLimits,
): Promise<RawTable> {
  const zip = await CatalogueZip.open(source, workbookZipLimits);
  if (!zip.has("xl/workbook.xml")) throw otherArchive(zip);
  const workbook = await readWorkbook(zip);
  const strings = await readSharedStrings(zip, workbook.sharedStrings, limits);
  const open = async (sheet: SheetEntry): Promise<OpenSheet> => {
    const { rows, merged } = await scanSheet(zip, sheet.entry, lastHeaderLine);
    const pictures = await readSheetPictures(zip, sheet.entry, workbook.metadata);
    const links = await readCellLinks(zip, sheet.entry);
    const context = { ...workbook, strings, pictures, links, limits };
    return { sheet, rows, context, headRows: filled(await firstRows(zip, sheet, context), merged) };
  };
  const wanted = askedSheet(workbook.sheets, options.sheet);
  const visible = workbook.sheets.filter(({ hidden }) => !hidden).slice(0, maxSheets);
  const opened: OpenSheet[] = [];
  for (const sheet of wanted === undefined ? (visible.length > 0 ? visible : workbook.sheets.slice(0, 1)) : [wanted]) {
    opened.push(await open(sheet));
  }
  const chosen = opened.reduce((a, b) => (plausibility(b) > plausibility(a) ? b : a));
  const hidden = workbook.sheets.filter((sheet) => sheet.hidden && sheet !== chosen.sheet).map(({ name }) => name);
  return {
    kind: "xlsx",
    sheet: chosen.sheet.name,
    sheets: sheetReports(workbook.sheets, opened),
    headRows: chosen.headRows,
    isSparse: true,
    async *rows(warnings) {
      if (hidden.length > 0) warnings.add("hidden_sheets", undefined, { value: hidden.join(", ") });
      yield* readSheet(zip, chosen.sheet.entry, chosen.context, warnings);
    },
    readPicture: (entry) => zip.bytes(entry, maxPictureBytes),
  };
}

function otherArchive(zip: CatalogueZip): CatalogueError {
  const unsupported = (en: string, zh: string) => new CatalogueError("xls_unsupported", { found: { en, zh } });
  if (zip.has("xl/workbook.bin")) return unsupported("a binary Excel workbook (.xlsb)", "二进制 Excel 工作簿（.xlsb）");
  if (zip.has("content.xml")) return unsupported("an OpenDocument sheet (.ods)", " OpenDocument 表格（.ods）");
  if (zip.has("Index/Document.iwa")) return unsupported("an Apple Numbers sheet", " Apple Numbers 表格");
  if (zip.has("word/document.xml")) return notACatalogue({ en: "a Word document", zh: " Word 文档" });
  const count = zip.names().length;
  return notACatalogue(
    { en: `a ZIP of ${count} files without a workbook`, zh: `含 ${count} 个文件、但没有工作簿的 ZIP` },
    { en: "unpack it and upload the table; give images as pictures", zh: "请解压后上传表格；图片请通过 pictures 提供" },
  );
}

function askedSheet(sheets: readonly SheetEntry[], name: string | undefined): SheetEntry | undefined {
  if (name === undefined) return undefined;
  const same = (a: string) => a.trim().toLowerCase() === name.trim().toLowerCase();
  const found = sheets.find((sheet) => sheet.name === name) ?? sheets.find((sheet) => same(sheet.name));
  if (found !== undefined) return found;
  const known = sheets
    .slice(0, 20)
    .map((sheet) => sheet.name)
    .join(", ");
  throw new CatalogueError("sheet_not_found", { value: name, known }, { param: "sheet" });
}

async function firstRows(zip: CatalogueZip, sheet: SheetEntry, context: SheetContext): Promise<CatalogueRecord[]> {
  const rows: CatalogueRecord[] = [];
  for await (const row of readSheet(zip, sheet.entry, context, new Warnings())) {
    if (row.line > lastHeaderLine) break;
    rows.push(row);
    if (rows.length === headerWindow) break;
  }
  return rows;
}

/** Rows in which every cell of a merged area has its value. */
function filled(rows: readonly CatalogueRecord[], merged: readonly MergedCells[]): CatalogueRecord[] {
  const byLine = new Map(rows.map((row) => [row.line, { ...row, cells: [...row.cells] }]));
  for (const { firstLine, lastLine, firstColumn, lastColumn } of merged) {
    const value = byLine.get(firstLine)?.cells[firstColumn] ?? "";
    if (value === "") continue;
    for (const [line, { cells }] of byLine) {
      if (line < firstLine || line > lastLine) continue;
      const end = Math.min(lastColumn, 2_000);
      for (let column = firstColumn; column <= end; column++) {
        while (cells.length <= column) cells.push("");
        cells[column] = value;
      }
    }
  }
  return [...byLine.values()];
}

/** The number of rows counts most among sheets whose header names something that shops' tables name. */
function plausibility({ headRows, rows }: OpenSheet): number {
  if (headRows.length < 2) return 0;
  const { columns } = findLayout(headRows);
  if (columns.some((name) => name === "contribution_sku#1.value" || name === "item_sku")) return 1e9;
  const known = columns.filter(isKnownName).length;
  return columns.length < 2 && known === 0 ? rows / 1e7 : known === 0 ? rows : rows + 1e7;
}

function sheetReports(sheets: readonly SheetEntry[], opened: readonly OpenSheet[]): SheetReport[] {
  const rowsOf = new Map(opened.map(({ sheet, rows }) => [sheet, rows]));
  return sheets.slice(0, maxSheets).map((sheet) => ({
    name: sheet.name,
    rows: rowsOf.get(sheet) ?? 0,
    hidden: sheet.hidden,
  }));
}
