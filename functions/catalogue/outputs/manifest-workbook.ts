import { constants, crc32, deflateRawSync } from "node:zlib";
import type { ReviewedResult } from "../review/reviewed-results.ts";
import { type ManifestAddresses, manifestColumns, manifestLines } from "./manifest.ts";

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";
const header = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const type = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The parts of a workbook of one sheet, without that sheet. */
const parts: readonly (readonly [name: string, xml: string])[] = [
  [
    "[Content_Types].xml",
    `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${type}.worksheet+xml"/></Types>`,
  ],
  [
    "_rels/.rels",
    `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    "xl/workbook.xml",
    `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Manifest" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    "xl/_rels/workbook.xml.rels",
    `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  ],
];
const sheetName = "xl/worksheets/sheet1.xml";
const sheetStart = `${header}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>`;
const sheetEnd = "</sheetData></worksheet>";
/** Excel shows no more of a cell. */
const maxCellCharacters = 32_767;
/** Text is packed in pieces of about so many characters. */
const pieceCharacters = 500_000;

/**
 * The manifest as a workbook whose cells are all texts, so that no SKU loses a zero and none is taken for a formula.
 * The sheet is packed as it is written: memory grows with the packed file, some 5 MB for 50,000 lines.
 */
export async function manifestWorkbook(
  results: AsyncIterable<ReviewedResult>,
  addresses: ManifestAddresses = {},
): Promise<Uint8Array> {
  const sheet = new PackedPart(sheetName);
  sheet.add(sheetStart);
  sheet.add(rowOf([...manifestColumns]));
  for await (const result of results) {
    for (const line of manifestLines(result, addresses)) {
      sheet.add(rowOf(manifestColumns.map((column) => String(line[column] ?? ""))));
    }
  }
  sheet.add(sheetEnd);
  const all = parts.map(([name, xml]) => {
    const part = new PackedPart(name);
    part.add(header + xml);
    return part;
  });
  return zipOf([...all, sheet]);
}

function rowOf(cells: readonly string[]): string {
  const written = cells.map((text) =>
    text === "" ? "<c/>" : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`,
  );
  return `<row>${written.join("")}</row>`;
}

/** XML 1.0 has no place for most control characters. */
function escaped(text: string): string {
  return (
    text
      .slice(0, maxCellCharacters)
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
  );
}

/** One part of the workbook: its text in blocks of Deflate, each a stream of its own that ends on a byte. */
class PackedPart {
  readonly name: Buffer;
  readonly #pieces: Buffer[] = [];
  #text = "";
  #crc = 0;
  #bytes = 0;

  constructor(name: string) {
    this.name = Buffer.from(name);
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= pieceCharacters) this.#pack(false);
  }

  #pack(isLast: boolean): void {
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    this.#crc = crc32(bytes, this.#crc);
    this.#bytes += bytes.length;
    // A full flush ends no stream: what follows goes on with it.
    this.#pieces.push(deflateRawSync(bytes, { finishFlush: isLast ? constants.Z_FINISH : constants.Z_FULL_FLUSH }));
  }

  end(): { readonly packed: Buffer; readonly crc: number; readonly bytes: number } {
    this.#pack(true);
    return { packed: Buffer.concat(this.#pieces), crc: this.#crc, bytes: this.#bytes };
  }
}

const deflated = 8;
/** 1980-01-01, the first date of the format. */
const firstDate = 0x21;

function zipOf(entries: readonly PackedPart[]): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { packed, crc, bytes } = entry.end();
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflated, 4);
    fields.writeUInt16LE(firstDate, 8);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes, 18);
    fields.writeUInt16LE(entry.name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, offset, entry.name]));
    const header = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, entry.name]);
    local.push(header, packed);
    at += header.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}
