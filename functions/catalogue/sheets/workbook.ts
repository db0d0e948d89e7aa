import { attributeOf } from "../objects/bounded-xml.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import { builtInFormat, type NumberFormat, parseFormat, plain } from "./number-text.ts";
import { readRelations, readXmlPart } from "./xml-part.ts";

export interface SheetEntry {
  readonly name: string;
  /** Entry of the ZIP. */
  readonly entry: string;
  readonly hidden: boolean;
}

interface Workbook {
  readonly sheets: readonly SheetEntry[];
  /** Days are counted from 1904 instead of 1900. */
  readonly is1904: boolean;
  /** By the number that a cell gives as its style. */
  readonly formats: readonly NumberFormat[];
  readonly sharedStrings: string | undefined;
  readonly metadata: string | undefined;
}

const workbookPart = "xl/workbook.xml";
const maxStyles = 100_000;

export async function readWorkbook(zip: CatalogueZip): Promise<Workbook> {
  const relations = await readRelations(zip, workbookPart);
  const sheets: SheetEntry[] = [];
  let is1904 = false;
  await readXmlPart(zip, workbookPart, {
    open(element, attributes) {
      if (element === "workbookPr") is1904 = /^(?:1|true)$/.test(attributeOf(attributes, "date1904") ?? "");
      if (element !== "sheet") return;
      const relation = relations.get(attributeOf(attributes, "id") ?? "");
      if (relation?.type !== "worksheet" || !zip.has(relation.target)) return;
      const state = attributeOf(attributes, "state") ?? "visible";
      const name = attributeOf(attributes, "name") ?? `Sheet${sheets.length + 1}`;
      sheets.push({ name, entry: relation.target, hidden: state !== "visible" });
    },
    close() {},
  });
  if (sheets.length === 0)
    throw new CatalogueError("file_damaged", { value: "the workbook names no sheet that is in it" });
  const partOf = (type: string) => [...relations.values()].find((relation) => relation.type === type)?.target;
  return {
    sheets,
    is1904,
    formats: await readFormats(zip, partOf("styles")),
    sharedStrings: partOf("sharedStrings"),
    metadata: partOf("sheetMetadata"),
  };
}

async function readFormats(zip: CatalogueZip, name: string | undefined): Promise<NumberFormat[]> {
  const formats: NumberFormat[] = [];
  if (name === undefined || !zip.has(name)) return formats;
  const defined = new Map<number, NumberFormat>();
  let isCellStyles = false;
  await readXmlPart(zip, name, {
    open(element, attributes) {
      if (element === "numFmt" && defined.size < maxStyles) {
        defined.set(
          Number(attributeOf(attributes, "numFmtId")),
          parseFormat(attributeOf(attributes, "formatCode") ?? ""),
        );
      } else if (element === "cellXfs") isCellStyles = true;
      else if (element === "xf" && isCellStyles && formats.length < maxStyles) {
        const id = Number(attributeOf(attributes, "numFmtId") ?? 0);
        formats.push(defined.get(id) ?? (Number.isInteger(id) ? builtInFormat(id) : plain));
      }
    },
    close(element) {
      if (element === "cellXfs") isCellStyles = false;
    },
  });
  return formats;
}
