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
