import { bytesSource } from "../../../functions/catalogue/bytes/byte-source.ts";
import { workbookZipLimits } from "../../../functions/catalogue/limits.ts";
import { CatalogueZip } from "../../../functions/catalogue/zip/catalogue-zip.ts";
import { writeZip } from "./write-zip.ts";

/** A ZIP within the limits of a workbook: bytes, or texts by the names of their entries. */
export async function openZip(file: Uint8Array | Readonly<Record<string, string | Uint8Array>>): Promise<CatalogueZip> {
  const bytes =
    file instanceof Uint8Array ? file : writeZip(Object.entries(file).map(([name, body]) => ({ name, body })));
  return CatalogueZip.open(bytesSource(bytes), workbookZipLimits);
}
