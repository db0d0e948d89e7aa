import { attributeOf, BoundedXml, type XmlHandlers } from "../objects/bounded-xml.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";

/** Reads a whole part of a workbook. */
export async function readXmlPart(zip: CatalogueZip, name: string, handlers: XmlHandlers): Promise<void> {
  const xml = new BoundedXml(handlers);
  for await (const text of xmlText(zip, name)) xml.push(text);
  xml.end();
}

/** A part as text, in pieces: UTF-8, or UTF-16 with its mark. */
export async function* xmlText(zip: CatalogueZip, name: string): AsyncGenerator<string, void> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const piece of zip.stream(name)) {
    decoder ??= new TextDecoder(encodingOf(piece));
    const text = decoder.decode(piece, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder?.decode() ?? "";
  if (rest !== "") yield rest;
}

function encodingOf(beginning: Uint8Array): string {
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return "utf-16le";
  if (beginning[0] === 0xfe && beginning[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/** The part that says what the parts are to which a part refers. */
export function relationsPart(part: string): string {
  const slash = part.lastIndexOf("/");
  return `${part.slice(0, slash + 1)}_rels/${part.slice(slash + 1)}.rels`;
}

/** Parts that a part refers to, by relationship id, as names of the ZIP; addresses outside of it are left out. */
export async function readRelations(
  zip: CatalogueZip,
  part: string,
): Promise<ReadonlyMap<string, { readonly type: string; readonly target: string }>> {
  const folder = part.slice(0, part.lastIndexOf("/") + 1);
  const name = relationsPart(part);
  const relations = new Map<string, { type: string; target: string }>();
  if (!zip.has(name)) return relations;
  await readXmlPart(zip, name, {
    open(element, attributes) {
      const id = attributeOf(attributes, "Id");
      const target = attributeOf(attributes, "Target");
      if (element !== "Relationship" || id === undefined || target === undefined) return;
      if (attributeOf(attributes, "TargetMode") === "External") return;
      const type = attributeOf(attributes, "Type") ?? "";
      relations.set(id, { type: type.slice(type.lastIndexOf("/") + 1), target: resolvedName(folder, target) });
    },
    close() {},
  });
  return relations;
}

function resolvedName(folder: string, target: string): string {
  const path = target.startsWith("/") ? target.slice(1) : folder + target;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
