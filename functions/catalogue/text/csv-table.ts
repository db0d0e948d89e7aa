import type { ByteSource } from "../bytes/byte-source.ts";
import type { CatalogueLimits } from "../limits.ts";
import type { CatalogueRecord, EncodingReport } from "../tables/catalogue-table.ts";
import type { RawTable } from "../tables/open-table.ts";
import { decodeText } from "./decode-text.ts";
import { DelimitedReader } from "./delimited-reader.ts";
import { detectDialect } from "./detect-dialect.ts";

/** A file of delimited text, whose delimiter and line ends are found by its beginning. */
export async function csvTable(
  source: ByteSource,
  encoding: EncodingReport,
  limits: CatalogueLimits,
): Promise<RawTable> {
  const dialect = detectDialect(await beginningOf(source, encoding.name));
  const { delimiter, quoting, width, hasSeparatorLine } = dialect;
  return {
    kind: "csv",
    encoding,
    delimiter,
    quoting,
    isSparse: false,
    async *rows(warnings) {
      const reader = new DelimitedReader({ dialect, limits, width, warnings });
      for await (const record of readDelimited(decodeText(source, encoding.name), reader)) {
        if (!(hasSeparatorLine && record.line === 1)) yield record;
      }
    },
  };
}

async function beginningOf(source: ByteSource, encoding: string): Promise<string> {
  for await (const text of decodeText(source, encoding)) return text;
  return "";
}

async function* readDelimited(
  pieces: AsyncIterable<string>,
  reader: DelimitedReader,
): AsyncGenerator<CatalogueRecord, void> {
  for await (const piece of pieces) yield* reader.push(piece);
  yield* reader.end();
}
