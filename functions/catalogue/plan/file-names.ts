import { createHash } from "node:crypto";
import { CatalogueError } from "../problems/catalogue-problem.ts";

/** What the parts of a pattern stand for. */
export interface NameValues {
  readonly sku: string;
  readonly shot: string;
  /** Variation, from 1. */
  readonly n: number;
  readonly version: number;
  readonly handle?: string;
  readonly asin?: string;
  readonly barcode?: string;
}

const placeNames = ["sku", "shot", "n", "version", "handle", "asin", "barcode"] as const;
export const defaultPattern = "{sku}_{shot}_{n}";
/** Amazon's names: the main image, then the others by number. */
const amazonParts = { main: "MAIN" } as const;

/** Longest name without its extension; common file systems take 255 with all that is added. */
const maxStemBytes = 100;
const hashDigits = 6;
/** Devices of Windows: no file may have such a name, with whatever extension. */
const reserved = /^(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?=$|\.)/i;
/** Shopify makes its own sizes under names with these ends. */
const sizeEnding = /_(?:pico|icon|thumb|small|compact|medium|large|grande|original|master)$/i;

/** @throws CatalogueError `naming_invalid` for an unknown place, and a pattern that names every image the same */
export function checkPattern(pattern: string): void {
  const invalid = (why: { en: string; zh: string }) =>
    new CatalogueError("naming_invalid", { value: pattern, why }, { param: "naming" });
  if (pattern === "amazon") return;
  for (const [, name] of pattern.matchAll(/\{([^{}]*)\}/g)) {
    if (!placeNames.includes(name as (typeof placeNames)[number])) {
      const places = placeNames.map((each) => `{${each}}`).join(" ");
      throw invalid({ en: `{${name}} is none of ${places}`, zh: `{${name}} 不在 ${places} 之中` });
    }
  }
  if (!/\{(?:sku|barcode|asin)\}/.test(pattern)) {
    throw invalid({ en: "it needs {sku}, {asin} or {barcode}", zh: "需要包含 {sku}、{asin} 或 {barcode}" });
  }
}

/** The name of a file without extension, before names of other files are looked at. */
export function fileStem(
  pattern: string,
  values: NameValues,
  { ascii = false }: { readonly ascii?: boolean } = {},
): string {
  const filled = pattern === "amazon" ? amazonName(values) : fillPattern(pattern, values);
  let stem = filled.normalize("NFC");
  if (ascii) stem = stem.normalize("NFKD").replace(/[^\x20-\x7e]/g, (letter) => (/\p{M}/u.test(letter) ? "" : "-"));
  stem = trimmed(stem.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/-{2,}/g, "-"));
  if (stem === "") stem = "image";
  if (reserved.test(stem)) stem = `${stem.replace(reserved, "$&_")}`;
  if (sizeEnding.test(stem)) stem = `${stem}_1`;
  return Buffer.byteLength(stem) <= maxStemBytes ? stem : withHash(stem, stem);
}

function fillPattern(pattern: string, values: NameValues): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: keyof NameValues) => String(values[name] ?? ""));
}

/** `ASIN.MAIN`, `ASIN.PT01` …, as Amazon's upload tool reads them; without ASIN the SKU. */
function amazonName({ asin, sku, shot, n }: NameValues): string {
  const isMain = shot.startsWith("main") && n === 1;
  return `${asin ?? sku}.${isMain ? amazonParts.main : `PT${String(n).padStart(2, "0")}`}`;
}

function trimmed(stem: string): string {
  return stem.replace(/^[.\-\s]+/, "").replace(/(?<![.\-\s])[.\-\s]+$/, "");
}

/** The stem, cut so that `~` and the beginning of a hash have room. */
function withHash(stem: string, of: string): string {
  const digits = createHash("sha256").update(of).digest("hex").slice(0, hashDigits);
  let cut = stem;
  while (Buffer.byteLength(cut) > maxStemBytes - hashDigits - 1) cut = [...cut].slice(0, -1).join("");
  return `${trimmed(cut)}~${digits}`;
}

export interface NamedImage {
  /** What the image is known by: the same in every run. */
  readonly key: string;
  readonly stem: string;
}

/**
 * Names that differ on every file system: of images whose names differ in case or in compatible letters only, all are
 * given a piece of their key's hash, so that it does not matter which of them comes first.
 *
 * @returns stems by key, and the keys whose stem was changed
 */
export function distinctNames(images: Iterable<NamedImage>): {
  readonly stems: ReadonlyMap<string, string>;
  readonly changed: readonly string[];
} {
  const all = [...images];
  const counts = new Map<string, number>();
  for (const { stem } of all) {
    const folded = stem.normalize("NFKC").toLowerCase();
    counts.set(folded, (counts.get(folded) ?? 0) + 1);
  }
  const changed: string[] = [];
  const stems = new Map<string, string>();
  for (const { key, stem } of all) {
    const isAlone = counts.get(stem.normalize("NFKC").toLowerCase()) === 1;
    if (!isAlone) changed.push(key);
    stems.set(key, isAlone ? stem : withHash(stem, key));
  }
  return { stems, changed };
}
