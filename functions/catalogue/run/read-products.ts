import { tmpdir } from "node:os";
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
import type { ProductRow } from "../products/product.ts";
import type { CatalogueTable } from "../tables/catalogue-table.ts";
import { readRowsFile, storeReport } from "./run-files.ts";

/** A product as the import leaves it for the plan. */
export interface ReadProduct {
  readonly row: ProductRow;
  /** Its photo, where that lay in a cell. */
  readonly photo?: StoredPhoto;
  readonly photoProblem?: CatalogueProblem;
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
  await storeReport(run, products.report(), objects);
}

async function openSource(run: Run, dependencies: FaceDependencies): Promise<ByteSource & AsyncDisposable> {
  const { fileId } = run.catalogue!.order;
  if (fileId === undefined) {
    return { ...bytesSource(await readRowsFile(run, dependencies.objects)), [Symbol.asyncDispose]: async () => {} };
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
