import type { ByteSource } from "./bytes/byte-source.ts";
import { detectKind } from "./bytes/detect-kind.ts";
import { type CatalogueLimits, catalogueLimits } from "./limits.ts";
import { feedTable } from "./objects/feed-table.ts";
import { jsonTable } from "./objects/json-table.ts";
import { CatalogueError } from "./problems/catalogue-problem.ts";
import { openWorkbookTable } from "./sheets/workbook-table.ts";
import type { CatalogueTable, OpenOptions } from "./tables/catalogue-table.ts";
import { openTable, type RawTable } from "./tables/open-table.ts";
import { csvTable } from "./text/csv-table.ts";
import { detectEncoding } from "./text/detect-encoding.ts";

/**
 * Opens a catalogue: CSV, JSON, a feed or a workbook, by its content. Its records may be read as often as needed.
 * @throws CatalogueError with a code of its own for every file that cannot be read
 */
export async function openCatalogue(
  source: ByteSource,
  options: OpenOptions = {},
  limits: CatalogueLimits = catalogueLimits,
): Promise<CatalogueTable> {
  const kind = await detectKind(source);
  const limit = kind === "zip" ? limits.workbookBytes : limits.textBytes;
  if (source.bytes > limit) throw new CatalogueError("file_too_large", { value: String(source.bytes), limit });
  const raw =
    kind === "zip" ? await openWorkbookTable(source, options, limits) : await textTable(kind, source, options, limits);
  return openTable(raw, options, limits);
}

async function textTable(
  kind: "json" | "xml" | "text",
  source: ByteSource,
  options: OpenOptions,
  limits: CatalogueLimits,
): Promise<RawTable> {
  const encoding = await detectEncoding(source, options);
  if (kind === "json") return jsonTable(source, encoding, limits);
  if (kind === "xml") return feedTable(source, encoding, limits);
  return csvTable(source, encoding, limits);
}
