import { byteOrderMark, type DelimitedOptions, delimitedLine } from "../../../shared/delimited-line.ts";
import type { ReviewedResult } from "../review/reviewed-results.ts";
import type { CatalogueOrder } from "../run/catalogue-state.ts";
import type { CatalogueTable } from "../tables/catalogue-table.ts";
import type { ManifestAddresses } from "./manifest.ts";

const partsOfShot = ["file", "url", "public url", "alt"] as const;
const delimiters: ReadonlySet<string> = new Set([",", ";", "\t"]);

/**
 * The caller's own table with columns added for each shot: names, addresses and texts of its images, and what went
 * wrong. Rows and cells are as they were. Memory grows with the results, some hundred bytes each.
 */
export async function* inputManifest(
  table: CatalogueTable,
  results: AsyncIterable<ReviewedResult>,
  { shots }: Pick<CatalogueOrder, "shots">,
  { escapeFormulas = false, ...addresses }: ManifestAddresses & { readonly escapeFormulas?: boolean } = {},
): AsyncGenerator<string, void> {
  const width = shots.length * partsOfShot.length + 2;
  const places = new Map(shots.map(({ id }, index) => [id, index * partsOfShot.length]));
  const added = new Map<number, string[]>();
  for await (const result of results) {
    const cells = added.get(result.task.line) ?? Array<string>(width).fill("");
    added.set(result.task.line, cells);
    fill(cells, result, places.get(result.task.shot), addresses);
  }
  const { delimiter } = table.report();
  const options: DelimitedOptions = {
    escapeFormulas,
    ...(delimiter !== undefined && delimiters.has(delimiter) && { delimiter: delimiter as "," }),
  };
  const names = [
    ...shots.flatMap(({ id }) => partsOfShot.map((part) => `${id} ${part}`)),
    "image status",
    "image error",
  ];
  yield byteOrderMark + delimitedLine([...table.columns, ...freeNames(names, table.columns)], options);
  for await (const { line, cells } of table.records()) {
    yield delimitedLine([...cells, ...(added.get(line) ?? Array<string>(width).fill(""))], options);
  }
}

function fill(
  cells: string[],
  { task, files, status, error }: ReviewedResult,
  place: number | undefined,
  { link, public: published }: ManifestAddresses,
): void {
  const prefix = task.shot === "" ? "" : `${task.shot}: `;
  cells[cells.length - 2] = joined(cells.at(-2)!, `${prefix}${status}`);
  if (error !== undefined) cells[cells.length - 1] = joined(cells.at(-1)!, `${prefix}${error.message}`);
  if (place === undefined || files.length === 0) return;
  const list = (textOf: (file: (typeof files)[number]) => string | undefined) =>
    files.flatMap((file) => textOf(file) ?? []).join(", ");
  cells[place] = list(({ name }) => name);
  cells[place + 1] = list(({ key }) => link?.file(key).url);
  cells[place + 2] = list((file) => published?.urlOf(file));
  cells[place + 3] = task.alt ?? "";
}

function joined(before: string, text: string): string {
  return before === "" ? text : `${before}; ${text}`;
}

/** Names that the table does not have yet. */
function freeNames(names: readonly string[], taken: readonly string[]): string[] {
  const all = new Set(taken);
  return names.map((name) => {
    let free = name;
    for (let number = 2; all.has(free); number++) free = `${name} (${number})`;
    all.add(free);
    return free;
  });
}
