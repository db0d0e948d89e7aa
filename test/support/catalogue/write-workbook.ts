import { writeZip, type ZipEntry } from "./write-zip.ts";

interface WorkbookSheet {
  readonly name: string;
  /** The rows as XML, or texts that become inline strings. */
  readonly rows: string | readonly (readonly string[])[];
  readonly state?: "visible" | "hidden" | "veryHidden";
  /** `A1:B1`. */
  readonly merged?: readonly string[];
  /** XML at the end of the sheet, and what its relations are. */
  readonly tail?: string;
  readonly relations?: string;
}

export interface WorkbookParts {
  readonly sheets: readonly WorkbookSheet[];
  /** `<si>` elements, or texts. */
  readonly sharedStrings?: readonly string[];
  /** Format codes; a cell with `s="1"` has the first. */
  readonly formats?: readonly string[];
  readonly date1904?: boolean;
  /** Prefix of every element of SpreadsheetML, as some programs write it. */
  readonly prefix?: string;
  readonly extra?: readonly ZipEntry[];
  /** Relations of the workbook beyond its own. */
  readonly relations?: string;
}

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export function relations(...targets: readonly (readonly [id: string, type: string, target: string])[]): string {
  const list = targets.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join("")}</Relationships>`;
}

/** A workbook as Excel, WPS and the programs of shops write them, for tests. */
export function writeWorkbook({ sheets, sharedStrings = [], formats = [], ...rest }: WorkbookParts): Uint8Array {
  const { date1904 = false, prefix = "", extra = [] } = rest;
  // Only elements of SpreadsheetML have the prefix; attributes never do.
  const withPrefix = (xml: string) => (prefix === "" ? xml : xml.replaceAll(/<(\/?)(?=[a-z])/gi, `<$1${prefix}:`));
  const root = (name: string, body: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>${withPrefix(`<${name} XMLNS>${body}</${name}>`).replace(
      "XMLNS",
      `xmlns${prefix === "" ? "" : `:${prefix}`}="${main}" xmlns:r="${office}"`,
    )}`;
  const sheetList = sheets.map(
    ({ name, state = "visible" }, index) =>
      `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" state="${state}" r:id="rId${index + 1}"/>`,
  );
  const strings = sharedStrings.map((text) => (text.startsWith("<si>") ? text : `<si><t>${escapeXml(text)}</t></si>`));
  const codes = formats.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${escapeXml(code)}"/>`);
  const styles = ["", ...formats].map((_, index) => `<xf numFmtId="${index === 0 ? 0 : 163 + index}"/>`);
  const own = sheets.map((_, index) => [`rId${index + 1}`, "worksheet", `worksheets/sheet${index + 1}.xml`] as const);
  return writeZip([
    { name: "[Content_Types].xml", body: "<Types/>" },
    ...sheets.flatMap((sheet, index) => sheetParts(sheet, index + 1, root)),
    {
      name: "xl/workbook.xml",
      body: root("workbook", `<workbookPr${date1904 ? ' date1904="1"' : ""}/><sheets>${sheetList.join("")}</sheets>`),
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      body: relations(...own, ["rS", "styles", "styles.xml"], ["rT", "sharedStrings", "/xl/sharedStrings.xml"]).replace(
        "</Relationships>",
        `${rest.relations ?? ""}</Relationships>`,
      ),
    },
    {
      name: "xl/styles.xml",
      body: root("styleSheet", `<numFmts>${codes.join("")}</numFmts><cellXfs>${styles.join("")}</cellXfs>`),
    },
    { name: "xl/sharedStrings.xml", body: root("sst", strings.join("")) },
    ...extra,
  ]);
}

function sheetParts(sheet: WorkbookSheet, number: number, root: (name: string, body: string) => string): ZipEntry[] {
  const { rows, merged = [], tail = "" } = sheet;
  const data =
    typeof rows === "string" ? rows : rows.map((cells) => `<row>${cells.map(inlineCell).join("")}</row>`).join("");
  const merges = merged.map((ref) => `<mergeCell ref="${ref}"/>`).join("");
  const mergeCells = merges === "" ? "" : `<mergeCells>${merges}</mergeCells>`;
  const parts = [
    {
      name: `xl/worksheets/sheet${number}.xml`,
      body: root("worksheet", `<sheetData>${data}</sheetData>${mergeCells}${tail}`),
    },
  ];
  const { relations: own } = sheet;
  return own === undefined ? parts : [...parts, { name: `xl/worksheets/_rels/sheet${number}.xml.rels`, body: own }];
}

function inlineCell(text: string): string {
  return text === "" ? "<c/>" : `<c t="inlineStr"><is><t>${escapeXml(text)}</t></is></c>`;
}
