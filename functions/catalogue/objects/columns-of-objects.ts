import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import { tooManyColumns } from "../text/quoted-cells.ts";
import type { FlatCell } from "./flatten-object.ts";

/**
 * Names of all fields of the objects, in the order in which they first occur.
 * @throws CatalogueError `no_rows`, `too_many_columns`
 */
export async function columnsOf(
  objects: AsyncIterable<{ readonly line: number; readonly cells: readonly FlatCell[] }>,
  limits: CatalogueLimits,
): Promise<string[]> {
  const columns = new Set<string>();
  for await (const { line, cells } of objects) {
    for (const { name } of cells) columns.add(name);
    if (columns.size > limits.columns) throw tooManyColumns(line, limits.columns);
  }
  if (columns.size === 0) throw new CatalogueError("no_rows", { value: "" });
  return [...columns];
}

export function recordOf(
  line: number,
  fields: readonly FlatCell[],
  columns: ReadonlyMap<string, number>,
): CatalogueRecord {
  const cells = Array.from({ length: columns.size }, () => "");
  const imprecise: number[] = [];
  for (const { name, text, isImprecise } of fields) {
    const index = columns.get(name)!;
    cells[index] = text;
    if (isImprecise) imprecise.push(index);
  }
  return { line, cells, imprecise: imprecise.length > 0 ? imprecise : undefined };
}
