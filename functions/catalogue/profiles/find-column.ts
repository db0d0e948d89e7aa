/**
 * The first column that one of the wanted headers names: exactly, then without case. A header with `*` is a pattern.
 */
export function findColumn(columns: readonly string[], wanted: readonly string[]): string | undefined {
  for (const header of wanted) {
    const found = header.includes("*")
      ? columns.find((column) => fits(column, header))
      : (columns.find((column) => column === header) ??
        columns.find((column) => column.toLowerCase() === header.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
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
