import { attributeOf } from "../objects/bounded-xml.ts";
import type { CellPicture } from "../tables/catalogue-table.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import { readPlacedPictures } from "./placed-pictures.ts";
import { readRelations, readXmlPart } from "./xml-part.ts";

const maxPictures = 60_000;
const wpsPart = "xl/cellimages.xml";

/** The pictures of a sheet's cells, of all kinds that Excel and WPS write. */
export interface SheetPictures {
  /** Floating ones whose upper left corner lies in this row. */
  floating(line: number): readonly CellPicture[];
  /** Lines of floating pictures between two rows, neither included, in order. */
  linesBetween(line: number, next: number): readonly number[];
  linesAfter(line: number): readonly number[];
  /** One that WPS names by `DISPIMG("ID_…",1)`. */
  named(column: number, name: string): CellPicture;
  /** One that Excel placed in the cell, by the cell's `vm`; `undefined` where that is something else. */
  placed(column: number, valueMetadata: number): CellPicture | undefined;
}

export async function readSheetPictures(
  zip: CatalogueZip,
  sheet: string,
  metadata: string | undefined,
): Promise<SheetPictures> {
  const floating = await readFloating(zip, sheet);
  const lines = [...floating.keys()].sort((a, b) => a - b);
  const named = await readNamed(zip);
  const placed = await readPlacedPictures(zip, metadata);
  const between = (line: number, next: number) => {
    const first = firstAfter(lines, line);
    let end = first;
    while (end < lines.length && lines[end]! < next) end++;
    return lines.slice(first, end);
  };
  return {
    floating: (line) => floating.get(line) ?? [],
    linesBetween: between,
    linesAfter: (line) => between(line, Number.POSITIVE_INFINITY),
    named(column, name) {
      const entry = named.get(name);
      return entry === undefined ? { column, name } : { column, name, entry };
    },
    placed(column, valueMetadata) {
      const entry = placed.get(valueMetadata);
      if (entry === undefined) return undefined;
      return { column, name: entry.slice(entry.lastIndexOf("/") + 1), entry };
    },
  };
}

/** Index of the first number that is greater; the numbers rise. */
function firstAfter(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Pictures over the sheet, by the line and column of their upper left corner. */
async function readFloating(zip: CatalogueZip, sheet: string): Promise<Map<number, CellPicture[]>> {
  const found = new Map<number, CellPicture[]>();
  const relations = await readRelations(zip, sheet);
  let count = 0;
  for (const { type, target } of relations.values()) {
    if (type !== "drawing" || !zip.has(target)) continue;
    const images = await readRelations(zip, target);
    let texts = { row: "", col: "" };
    let part: "row" | "col" | undefined;
    let isFrom = false;
    let embed: string | undefined;
    await readXmlPart(zip, target, {
      open(element, attributes) {
        if (element.endsWith("Anchor")) [texts, embed] = [{ row: "", col: "" }, undefined];
        else if (element === "from") isFrom = true;
        else if (element === "row" || element === "col") part = isFrom ? element : undefined;
        else if (element === "blip") embed ??= attributeOf(attributes, "embed");
      },
      text(text) {
        if (part !== undefined && texts[part].length < 10) texts[part] += text;
      },
      close(element) {
        if (element === "from") isFrom = false;
        if (element === "row" || element === "col") part = undefined;
        if (!element.endsWith("Anchor") || embed === undefined || texts.row.trim() === "") return;
        const line = Number(texts.row) + 1;
        const column = Number(texts.col);
        const entry = images.get(embed)?.target;
        if (!Number.isInteger(line) || !Number.isInteger(column) || ++count > maxPictures) return;
        const name = entry?.slice(entry.lastIndexOf("/") + 1) ?? embed;
        const picture = { column, name, entry: entry !== undefined && zip.has(entry) ? entry : undefined };
        const beside = found.get(line);
        if (beside === undefined) found.set(line, [picture]);
        else beside.push(picture);
      },
    });
  }
  return found;
}

/** WPS keeps the pictures of `DISPIMG` in a part of its own: name → relation → file. */
async function readNamed(zip: CatalogueZip): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (!zip.has(wpsPart)) return found;
  const images = await readRelations(zip, wpsPart);
  let name: string | undefined;
  await readXmlPart(zip, wpsPart, {
    open(element, attributes) {
      if (element === "cellImage") name = undefined;
      else if (element === "cNvPr") name = attributeOf(attributes, "name");
      else if (element === "blip" && name !== undefined && found.size < maxPictures) {
        const entry = images.get(attributeOf(attributes, "embed") ?? "")?.target;
        if (entry !== undefined && zip.has(entry)) found.set(name, entry);
      }
    },
    close() {},
  });
  return found;
}
