import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
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
import { acceptedLanguages } from "../profiles/find-column.ts";
import type { CatalogueTable } from "../tables/catalogue-table.ts";
import { sourceBytes } from "./fetch-source.ts";
import { readRowsFile, storeReport } from "./run-files.ts";

export type SourceDependencies = Pick<FaceDependencies, "items" | "objects" | "clock">;

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
  const { profile, mapping, duplicates, language, acceptLanguage } = run.catalogue!.order;
  const languages = [...(language === undefined ? [] : [language]), ...acceptedLanguages(acceptLanguage)];
  await using source = await openSource(run, dependencies);
  const table = await openRunTable(run, source);
  const products = await openProducts(table, { profile, mapping, duplicates, languages });
  // A file whose SKUs nobody has pointed out is reported as well: there they are chosen from.
  if (!products.hasSku) await storeReport(run, products.report(), objects);
  for await (const row of products.rows()) yield { row, ...(await cellPhoto(row, table, run, objects)) };
  await storeReport(run, products.report(), objects);
}

/** The table of a run's file, as the run reads it. */
export async function openRunTable(run: Run, source: ByteSource): Promise<CatalogueTable> {
  const { encoding, sheet, headerRow, acceptLanguage } = run.catalogue!.order;
  return openCatalogue(source, { encoding, sheet, headerRow, acceptLanguage });
}

/** The bytes of a run's file. @throws NotFoundError where it is gone */
export async function openSource(run: Run, dependencies: SourceDependencies): Promise<ByteSource & AsyncDisposable> {
  const { fileId, sourceUrl } = run.catalogue!.order;
  const spool = { folder: tmpdir(), maxBytes: catalogueLimits.textBytes };
  if (sourceUrl !== undefined) return spoolSource(unpacked(sourceBytes(run, dependencies.objects)), spool);
  if (fileId === undefined) {
    return { ...bytesSource(await readRowsFile(run, dependencies.objects)), [Symbol.asyncDispose]: async () => {} };
  }
  const files = new UploadedFiles(dependencies);
  const file = await files.get(run.identity.accountId, fileId);
  return spoolSource(files.stream(file), spool);
}

/** A file that its server sends as gzip, which no catalogue is, is unpacked as it is read. */
async function* unpacked(bytes: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  const first = await bytes.next();
  async function* whole() {
    if (!first.done) yield first.value;
    yield* bytes;
  }
  if (first.done || first.value[0] !== 0x1f || first.value[1] !== 0x8b) return yield* whole();
  try {
    yield* Readable.from(whole()).pipe(createGunzip()) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new CatalogueError("file_damaged", { value: String(cause) }, { cause });
  }
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
