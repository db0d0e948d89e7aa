import type { Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { importFolder, type RunFiles, runFolder } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { CatalogueReport } from "../products/product.ts";

/** Keeps the products that came with a request. */
export async function storeRows(
  run: Pick<Run, "id" | "identity">,
  rows: readonly { readonly [column: string]: string }[],
  objects: Objects,
): Promise<void> {
  await putJson(inputKey(run), rows, objects);
}

export async function readRowsFile(run: Pick<Run, "id" | "identity">, objects: Objects): Promise<Uint8Array> {
  const stored = await objects.get(inputKey(run));
  if (stored === undefined) throw new Error(`the rows of run ${run.id} are gone`);
  return stored.body;
}

export async function readReport(run: RunFiles, objects: Objects): Promise<CatalogueReport | undefined> {
  const stored = await objects.get(reportKey(run));
  return stored && (JSON.parse(Buffer.from(stored.body).toString("utf8")) as CatalogueReport);
}

async function putJson(key: string, value: Json | CatalogueReport, objects: Objects): Promise<void> {
  await objects.put(key, Buffer.from(JSON.stringify(value)), { contentType: "application/json" });
}

export async function storeReport(run: RunFiles, report: CatalogueReport, objects: Objects): Promise<void> {
  await putJson(reportKey(run), report, objects);
}

/**
 * What only a comparison of all images finds: those that look like another product's, and those whose products are
 * larger or smaller than the others of their category.
 */
export type ComparedBy = "near-duplicates" | "uneven-fill";

/** Keeps the keys of the tasks that a comparison has found. */
export async function storeCompared(
  run: RunFiles,
  by: ComparedBy,
  keys: ReadonlySet<string>,
  objects: Objects,
): Promise<void> {
  await putJson(comparedKey(run, by), [...keys], objects);
}

/** @returns none where the run has not ended yet */
export async function readCompared(run: RunFiles, by: ComparedBy, objects: Objects): Promise<ReadonlySet<string>> {
  const stored = await objects.get(comparedKey(run, by));
  return new Set(stored && (JSON.parse(Buffer.from(stored.body).toString("utf8")) as string[]));
}

function comparedKey(run: RunFiles, by: ComparedBy): string {
  return `${importFolder(run)}/${by}.json`;
}

function inputKey(run: Pick<Run, "id" | "identity">): string {
  return `${runFolder(run)}/input.json`;
}

function reportKey(run: RunFiles): string {
  return `${importFolder(run)}/report.json`;
}
