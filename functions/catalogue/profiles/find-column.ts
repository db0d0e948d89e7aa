import { normalizedName } from "./normalized-name.ts";

/** Columns by their normalized names, the first of each; found once for all headers that are looked for. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

/**
 * The first column that one of the wanted headers names: exactly, then without case, then without spaces and signs. A
 * header with `*` is a pattern.
 */
export function findColumn(columns: readonly string[], wanted: readonly string[]): string | undefined {
  return findColumns(columns, wanted)[0];
}

/** All columns that the first of the wanted headers names which names one: several only where that is a pattern. */
export function findColumns(columns: readonly string[], wanted: readonly string[]): readonly string[] {
  for (const header of wanted) {
    if (header.includes("*")) {
      const fitting = columns.filter((column) => fits(column, header));
      if (fitting.length > 0) return fitting;
      continue;
    }
    const found =
      columns.find((column) => column === header) ??
      columns.find((column) => column.toLowerCase() === header.toLowerCase()) ??
      byNormalizedName(columns).get(normalizedName(header));
    if (found !== undefined) return [found];
  }
  return [];
}

/** Names of signs alone are left out: they would all be equal. */
function byNormalizedName(columns: readonly string[]): ReadonlyMap<string, string> {
  let names = known.get(columns);
  if (names === undefined) {
    const found = new Map<string, string>();
    for (const column of columns) {
      const name = normalizedName(column);
      if (name !== "" && !found.has(name)) found.set(name, column);
    }
    known.set(columns, (names = found));
  }
  return names;
}
/**
 * Those of the columns that are in the first of the languages which any is in, as `name-de_DE` is; the exact locale
 * before another of the same language. All of them where none is.
 * @param languages - tags such as `de-DE`, the preferred first
 */
export function inLanguage(columns: readonly string[], languages: readonly string[]): readonly string[] {
  const localeOf = (column: string) => /-([a-z]{2,3})_([a-z]{2})(?=-|$)/i.exec(column)?.slice(1) ?? [];
  for (const tag of languages) {
    const [language, region] = tag.toLowerCase().split(/[-_]/);
    const own = columns.filter((column) => localeOf(column)[0]?.toLowerCase() === language);
    const exact = own.filter((column) => localeOf(column)[1]?.toLowerCase() === region);
    if (own.length > 0) return exact.length > 0 ? exact : own;
  }
  return columns;
}

/** The languages of an `Accept-Language` header, in the order in which they stand. */
export function acceptedLanguages(header = ""): string[] {
  return header
    .slice(0, 1_000)
    .split(",", 20)
    .map((part) => part.split(";")[0]!.trim())
    .filter((tag) => /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i.test(tag));
}

/** Each part between the stars, in its order. */
function fits(column: string, pattern: string): boolean {
  const parts = pattern.split("*");
  if (!column.startsWith(parts[0]!) || !column.endsWith(parts.at(-1)!)) return false;
  let at = 0;
  for (const part of parts) {
    const found = column.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}
