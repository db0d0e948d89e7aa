import type { CatalogueLimits } from "../limits.ts";
import { BoundedXml, type XmlAttributes } from "../objects/bounded-xml.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { Warnings } from "../problems/warnings.ts";
import type { CatalogueRecord, CellLink, CellPicture } from "../tables/catalogue-table.ts";
import { cellTooLarge, tooManyColumns } from "../text/quoted-cells.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import type { SheetPictures } from "./cell-pictures.ts";
import { cellValue } from "./cell-value.ts";
import type { NumberFormat } from "./number-text.ts";
import type { SharedStrings } from "./shared-strings.ts";
import { xmlText } from "./xml-part.ts";

/** What the cells of a sheet refer to. */
export interface SheetContext {
  readonly strings: SharedStrings;
  readonly formats: readonly NumberFormat[];
  readonly is1904: boolean;
  readonly pictures: SheetPictures;
  /** By line. */
  readonly links: ReadonlyMap<number, readonly CellLink[]>;
  readonly limits: CatalogueLimits;
}

const maxRows = 1_048_576;
/** Cells that one row may write: empty ones with a style are many. */
const maxRowCells = 16_384;

/** The rows of a sheet that hold something, as the sheet has them: memory does not grow with it. */
export async function* readSheet(
  zip: CatalogueZip,
  entry: string,
  context: SheetContext,
  warnings: Warnings,
): AsyncGenerator<CatalogueRecord, void> {
  const rows = new RowCollector(context, warnings);
  for await (const text of xmlText(zip, entry)) {
    rows.push(text);
    yield* rows.take();
  }
  rows.end();
  yield* rows.take();
}

class RowCollector {
  readonly #xml: BoundedXml;
  readonly #context: SheetContext & { readonly warnings: Warnings };
  #found: CatalogueRecord[] = [];
  #rowsRead = 0;
  #line = 0;
  #cells: string[] = [];
  #cellsRead = 0;
  #imprecise: number[] = [];
  #pictures: CellPicture[] = [];
  #column = -1;
  #cell = { type: "n", style: 0, value: "", hasValue: false, formula: "", hasFormula: false, vm: "" };
  #isInCell = false;
  /** Which text is being read. */
  #reading: "value" | "formula" | undefined;
  #phonetic = 0;

  constructor(context: SheetContext, warnings: Warnings) {
    this.#context = { ...context, warnings };
    this.#xml = new BoundedXml({
      open: (name, attributes) => this.#open(name, attributes),
      text: (text) => this.#text(text),
      close: (name) => this.#close(name),
    });
  }

  push(text: string): void {
    this.#xml.push(text);
  }

  end(): void {
    this.#xml.end();
    // Pictures that lie below the last row that has cells.
    for (const line of this.#context.pictures.linesAfter(this.#line)) {
      this.#line = line;
      this.#endRow();
    }
  }

  take(): CatalogueRecord[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #open(name: string, attributes: XmlAttributes): void {
    switch (name) {
      case "row":
        this.#beginRow(Number(attributes.r ?? this.#line + 1));
        break;
      case "c":
        this.#beginCell(attributes);
        break;
      case "v":
        this.#reading = this.#isInCell ? "value" : undefined;
        this.#cell.hasValue = true;
        break;
      case "f":
        this.#reading = this.#isInCell ? "formula" : undefined;
        this.#cell.hasFormula = true;
        break;
      case "rPh":
        this.#phonetic++;
        break;
      case "t":
        this.#reading = this.#isInCell && this.#phonetic === 0 ? "value" : undefined;
        this.#cell.hasValue = true;
        break;
    }
  }

  #text(text: string): void {
    if (this.#reading === undefined) return;
    if (this.#reading === "formula") {
      if (this.#cell.formula.length < 8_192) this.#cell.formula += text;
      return;
    }
    this.#cell.value += text;
    const { cellCharacters } = this.#context.limits;
    if (this.#cell.value.length > cellCharacters) throw cellTooLarge(this.#line, this.#cell.value, cellCharacters);
  }

  #close(name: string): void {
    if (name === "v" || name === "f" || name === "t") this.#reading = undefined;
    else if (name === "rPh") this.#phonetic--;
    else if (name === "c") this.#endCell();
    else if (name === "row") this.#endRow();
  }

  #beginRow(line: number): void {
    if (!Number.isInteger(line) || line < 1 || line > maxRows || ++this.#rowsRead > maxRows) {
      throw new CatalogueError("file_damaged", { value: `a sheet has no row ${line}` });
    }
    for (const missing of this.#context.pictures.linesBetween(this.#line, line)) {
      this.#line = missing;
      this.#endRow();
    }
    this.#line = line;
    this.#column = -1;
    this.#cellsRead = 0;
  }

  #beginCell(attributes: XmlAttributes): void {
    const reference = attributes.r;
    this.#column = reference === undefined ? this.#column + 1 : columnOf(reference);
    if (++this.#cellsRead > maxRowCells) throw tooManyColumns(this.#line, this.#context.limits.columns);
    const { t: type = "n", s: style = "0", vm = "" } = attributes;
    this.#cell = { type, style: Number(style), value: "", hasValue: false, formula: "", hasFormula: false, vm };
    this.#isInCell = true;
  }

  #endCell(): void {
    const cell = this.#cell;
    const column = this.#column;
    this.#isInCell = false;
    if (cell.vm !== "") {
      const placed = this.#context.pictures.placed(column, Number(cell.vm));
      if (placed !== undefined) {
        this.#refuseWide(column);
        this.#pictures.push(placed);
        return;
      }
    }
    if (!cell.hasValue && !cell.hasFormula) return;
    const { text, isImprecise, pictureName } = cellValue(cell, this.#line, this.#context);
    if (pictureName !== undefined) this.#pictures.push(this.#context.pictures.named(column, pictureName));
    if (text === "" && pictureName === undefined) return;
    this.#refuseWide(column);
    while (this.#cells.length < column) this.#cells.push("");
    this.#cells[column] = text;
    if (isImprecise) this.#imprecise.push(column);
  }

  #refuseWide(column: number): void {
    const { columns } = this.#context.limits;
    if (column >= columns) throw tooManyColumns(this.#line, columns);
  }

  #endRow(): void {
    const pictures = [...this.#pictures, ...this.#context.pictures.floating(this.#line)];
    const hasSome = this.#cells.length > 0 || pictures.length > 0;
    if (hasSome) {
      this.#found.push({
        line: this.#line,
        cells: this.#cells,
        pictures: pictures.length > 0 ? pictures : undefined,
        links: this.#context.links.get(this.#line),
        imprecise: this.#imprecise.length > 0 ? this.#imprecise : undefined,
      });
    }
    this.#cells = [];
    this.#imprecise = [];
    this.#pictures = [];
  }
}

/** Index of the column of `BC12`, from 0. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let index = 0; index < Math.min(reference.length, 4); index++) {
    const code = reference.charCodeAt(index) & ~32;
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  if (column === 0) throw new CatalogueError("file_damaged", { value: `a sheet has no cell ${reference}` });
  return column - 1;
}
