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
      const isData = ({ line }: CatalogueRecord) => !(hasSeparatorLine && line === 1);
      // Every generator that a record passes through costs as much as splitting its line.
      let isFirst = true;
      for await (const piece of decodeText(source, encoding.name)) {
        const text = isFirst ? withoutMarks(piece) : piece;
        isFirst = false;
        for (const record of reader.push(text)) if (isData(record)) yield record;
      }
      for (const record of reader.end()) if (isData(record)) yield record;
    },
  };
}

/** Where a program that marks its files was given one with a mark, there are two. */
function withoutMarks(beginning: string): string {
  return beginning.replace(/^\uFEFF+/, "");
}

async function beginningOf(source: ByteSource, encoding: string): Promise<string> {
  for await (const text of decodeText(source, encoding)) return withoutMarks(text);
  return "";
}
