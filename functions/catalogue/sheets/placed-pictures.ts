import { attributeOf } from "../objects/bounded-xml.ts";
import type { CatalogueZip } from "../zip/catalogue-zip.ts";
import { readRelations, readXmlPart } from "./xml-part.ts";

const maxValues = 200_000;
const folder = "xl/richData/";
const values = `${folder}rdrichvalue.xml`;
const structures = `${folder}rdrichvaluestructure.xml`;
const references = `${folder}richValueRel.xml`;

/**
 * Pictures that Excel placed in cells, by the number that a cell gives as `vm`. Excel goes from there over five parts:
 * value metadata → rich value → its structure, which says what its fields mean → number of a reference → relation →
 * file.
 */
export async function readPlacedPictures(
  zip: CatalogueZip,
  metadata: string | undefined,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const parts = [values, structures, references];
  if (metadata === undefined || !zip.has(metadata) || !parts.every((part) => zip.has(part))) return found;
  const richValues = await readRichValueNumbers(zip, metadata);
  const identifiers = await readImageIdentifiers(zip);
  const targets = await readReferences(zip);
  for (const [index, richValue] of richValues.entries()) {
    const identifier = richValue === undefined ? undefined : identifiers[richValue];
    const entry = identifier === undefined ? undefined : targets[identifier];
    if (entry !== undefined && zip.has(entry)) found.set(index + 1, entry);
  }
  return found;
}

/** Number of the rich value of each `bk` of `valueMetadata`. */
async function readRichValueNumbers(zip: CatalogueZip, metadata: string): Promise<(number | undefined)[]> {
  const types: string[] = [];
  /** Rich value numbers of `futureMetadata name="XLRICHVALUE"`. */
  const future: number[] = [];
  const cells: { type: number; value: number }[] = [];
  let inside: "types" | "future" | "cells" | undefined;
  await readXmlPart(zip, metadata, {
    open(element, attributes) {
      if (element === "metadataTypes") inside = "types";
      else if (element === "futureMetadata" && attributeOf(attributes, "name") === "XLRICHVALUE") inside = "future";
      else if (element === "valueMetadata") inside = "cells";
      else if (inside === "types" && element === "metadataType") types.push(attributeOf(attributes, "name") ?? "");
      else if (inside === "future" && element === "rvb" && future.length < maxValues) {
        future.push(Number(attributeOf(attributes, "i")));
      } else if (inside === "cells" && element === "rc" && cells.length < maxValues) {
        cells.push({ type: Number(attributeOf(attributes, "t")), value: Number(attributeOf(attributes, "v")) });
      }
    },
    close(element) {
      if (element === "metadataTypes" || element === "futureMetadata" || element === "valueMetadata")
        inside = undefined;
    },
  });
  return cells.map(({ type, value }) => (types[type - 1] === "XLRICHVALUE" ? future[value] : undefined));
}

/** Number of the image reference of each rich value that is an image. */
async function readImageIdentifiers(zip: CatalogueZip): Promise<(number | undefined)[]> {
  /** The field of each structure that is the image. */
  const fields: (number | undefined)[] = [];
  let keys: string[] = [];
  let isImage = false;
  await readXmlPart(zip, structures, {
    open(element, attributes) {
      if (element === "s") [keys, isImage] = [[], attributeOf(attributes, "t") === "_localImage"];
      else if (element === "k" && keys.length < 100) keys.push(attributeOf(attributes, "n") ?? "");
    },
    close(element) {
      if (element !== "s" || fields.length >= maxValues) return;
      const at = keys.findIndex((key) => key.endsWith("LocalImageIdentifier"));
      fields.push(isImage && at >= 0 ? at : undefined);
    },
  });
  const identifiers: (number | undefined)[] = [];
  let structure = 0;
  let texts: string[] = [];
  let isValue = false;
  await readXmlPart(zip, values, {
    open(element, attributes) {
      if (element === "rv") [texts, structure] = [[], Number(attributeOf(attributes, "s") ?? 0)];
      else if (element === "v") {
        isValue = texts.length < 100;
        if (isValue) texts.push("");
      }
    },
    text(text) {
      if (isValue && texts.at(-1)!.length < 20) texts[texts.length - 1] += text;
    },
    close(element) {
      if (element === "v") isValue = false;
      if (element !== "rv" || identifiers.length >= maxValues) return;
      const field = fields[structure];
      identifiers.push(field === undefined ? undefined : Number(texts[field]));
    },
  });
  return identifiers;
}

/** Entries of the pictures, by the number of their reference. */
async function readReferences(zip: CatalogueZip): Promise<(string | undefined)[]> {
  const relations = await readRelations(zip, references);
  const entries: (string | undefined)[] = [];
  await readXmlPart(zip, references, {
    open(element, attributes) {
      if (element === "rel" && entries.length < maxValues) {
        entries.push(relations.get(attributeOf(attributes, "id") ?? "")?.target);
      }
    },
    close() {},
  });
  return entries;
}
