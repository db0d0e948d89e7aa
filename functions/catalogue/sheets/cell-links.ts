import { attributeOf } from "../objects/bounded-xml.ts";
import type { CellLink } from "../tables/catalogue-table.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import { columnOf } from "./read-sheet.ts";
import { readXmlPart, relationsPart } from "./xml-part.ts";

const maxLinks = 100_000;
/** Bytes of one `<hyperlink …>`; it is looked for across the ends of pieces. */
const elementBytes = 1_024;

/**
 * Addresses behind the cells of a sheet, by line: a cell may read `View` and be a link to the image. A sheet says them
 * after all of its rows, so it is looked through without being parsed, and only where it has such links.
 */
export async function readCellLinks(zip: CatalogueZip, sheet: string): Promise<ReadonlyMap<number, CellLink[]>> {
  const links = new Map<number, CellLink[]>();
  const addresses = await readAddresses(zip, sheet);
  if (addresses.size === 0) return links;
  let count = 0;
  const look = (text: string, end: number) => {
    for (let at = text.indexOf("hyperlink "); at >= 0 && at < end; at = text.indexOf("hyperlink ", at + 1)) {
      const element = text.slice(at, at + elementBytes).split(">", 1)[0]!;
      const [, column = "", line = ""] = /\sref="([A-Z]{1,3})(\d{1,7})"/.exec(element) ?? [];
      const url = addresses.get(/:id="([^"]{1,100})"/.exec(element)?.[1] ?? "");
      if (column === "" || url === undefined || ++count > maxLinks) continue;
      const link = { column: columnOf(column), url };
      const beside = links.get(Number(line));
      if (beside === undefined) links.set(Number(line), [link]);
      else beside.push(link);
    }
  };
  let held = "";
  for await (const piece of zip.stream(sheet)) {
    const text = held + Buffer.from(piece).toString("latin1");
    const end = Math.max(0, text.length - elementBytes);
    look(text, end);
    held = text.slice(end);
  }
  look(held, held.length);
  return links;
}

/** Addresses on the web that the sheet's relations name, by id. */
async function readAddresses(zip: CatalogueZip, sheet: string): Promise<Map<string, string>> {
  const addresses = new Map<string, string>();
  const part = relationsPart(sheet);
  if (!zip.has(part)) return addresses;
  await readXmlPart(zip, part, {
    open(element, attributes) {
      const id = attributeOf(attributes, "Id");
      const target = attributeOf(attributes, "Target");
      if (element !== "Relationship" || id === undefined || target === undefined) return;
      const isAddress = attributeOf(attributes, "TargetMode") === "External" && /^https?:\/\//i.test(target);
      if (isAddress && addresses.size < maxLinks) addresses.set(id, target);
    },
    close() {},
  });
  return addresses;
}
