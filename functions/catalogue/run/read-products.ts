import { tmpdir } from "node:os";
import type { Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { type ByteSource, bytesSource } from "../bytes/byte-source.ts";
import { spoolSource } from "../bytes/spool-source.ts";
import { catalogueLimits } from "../limits.ts";
import { openCatalogue } from "../open-catalogue.ts";
import { type StoredPhoto, storePhoto } from "../photos/fetch-photo.ts";
import { CatalogueError, type CatalogueProblem } from "../problems/catalogue-problem.ts";
import { openProducts } from "../products/open-products.ts";
import type { CatalogueReport, ProductRow } from "../products/product.ts";
import type { CatalogueTable } from "../tables/catalogue-table.ts";

/** A product as the import leaves it for the plan. */
export interface ReadProduct {
  readonly row: ProductRow;
  /** Its photo, where that lay in a cell. */
  readonly photo?: StoredPhoto;
  readonly photoProblem?: CatalogueProblem;
}

/** Keeps the products that came with a request. */
export async function storeRows(
  run: Pick<Run, "id" | "identity">,
  rows: readonly { readonly [column: string]: string }[],
  objects: Objects,
): Promise<void> {
  await putJson(inputKey(run), rows, objects);
}

/**
 * The products of a run's file. The report is stored when all have been read.
 * @throws CatalogueError for a file that cannot be read; NotFoundError for one that is gone
 */
export async function* readProducts(run: Run, dependencies: FaceDependencies): AsyncGenerator<ReadProduct, void> {
  const { objects } = dependencies;
  const { order } = run.catalogue!;
  await using source = await openSource(run, dependencies);
  const { encoding, sheet, headerRow, acceptLanguage, profile, mapping, duplicates } = order;
  const table = await openCatalogue(source, { encoding, sheet, headerRow, acceptLanguage });
  const products = await openProducts(table, { profile, mapping, duplicates });
  for await (const row of products.rows()) yield { row, ...(await cellPhoto(row, table, run, objects)) };
  await putJson(reportKey(run), products.report(), objects);
}

async function openSource(run: Run, dependencies: FaceDependencies): Promise<ByteSource & AsyncDisposable> {
  const { fileId } = run.catalogue!.order;
  if (fileId === undefined) {
    const stored = await dependencies.objects.get(inputKey(run));
    if (stored === undefined) throw new Error(`the rows of run ${run.id} are gone`);
    return { ...bytesSource(stored.body), [Symbol.asyncDispose]: async () => {} };
  }
  const files = new UploadedFiles(dependencies);
  const file = await files.get(run.identity.accountId, fileId);
  return spoolSource(files.stream(file), { folder: tmpdir(), maxBytes: catalogueLimits.textBytes });
}

/** A picture that lies in the file is stored while the file is open. */
async function cellPhoto(
  row: ProductRow,
  table: CatalogueTable,
  { identity: { accountId } }: Run,
  objects: Objects,
): Promise<Omit<ReadProduct, "row">> {
  if (!("product" in row) || row.product.photo?.from !== "cell") return {};
  const { line, photo } = row.product;
  try {
    const body = await table.readPicture!(photo.entry);
    return { photo: await storePhoto(body, { line, value: photo.entry, accountId }, { objects }) };
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    return { photoProblem: error.problem };
  }
}

export async function readReport(
  run: Pick<Run, "id" | "identity">,
  objects: Objects,
): Promise<CatalogueReport | undefined> {
  const stored = await objects.get(reportKey(run));
  return stored && (JSON.parse(Buffer.from(stored.body).toString("utf8")) as CatalogueReport);
}

async function putJson(key: string, value: Json | CatalogueReport, objects: Objects): Promise<void> {
  await objects.put(key, Buffer.from(JSON.stringify(value)), { contentType: "application/json" });
}

function inputKey(run: Pick<Run, "id" | "identity">): string {
  return `${folderOf(run)}/input.json`;
}

function reportKey(run: Pick<Run, "id" | "identity">): string {
  return `${folderOf(run)}/report.json`;
}

function folderOf({ id, identity }: Pick<Run, "id" | "identity">): string {
  return `in/${identity.accountId}/${id}`;
}
