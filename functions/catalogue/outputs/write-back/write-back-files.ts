import { delimitedLine } from "../../../../shared/delimited-line.ts";
import type { Channel } from "./channels.ts";
import type { ExportProduct, WriteBack, WriteBackOptions } from "./export-product.ts";
import { googleWriteBack } from "./google.ts";
import { magentoWriteBack } from "./magento.ts";
import { prestashopWriteBack } from "./prestashop.ts";
import { shopifyWriteBack } from "./shopify.ts";
import { woocommerceWriteBack } from "./woocommerce.ts";

/** For every other shop there are file names and the user's own file. */
const writeBacks = {
  shopify: shopifyWriteBack("shopify"),
  shopify_legacy: shopifyWriteBack("shopify_legacy"),
  woocommerce: woocommerceWriteBack,
  google: googleWriteBack,
  magento: magentoWriteBack,
  prestashop: prestashopWriteBack,
} as const satisfies { readonly [channel in Channel]: WriteBack };

/** Shopify refuses files above 15 MB. */
const maxFileBytes = 14_000_000;

/**
 * Texts of the files of one export, in chunks: each file has the header, and groups of rows are never split. Nothing is
 * given when there is no row.
 * @returns chunks with the number of their file, from 0
 */
export async function* writeBackFiles(
  channel: Channel,
  products: AsyncIterable<ExportProduct>,
  options: WriteBackOptions,
  limit = maxFileBytes,
): AsyncGenerator<{ readonly file: number; readonly text: string }> {
  const { columns, delimiter, rows } = writeBacks[channel];
  const header = delimitedLine(columns, { delimiter });
  let file = -1;
  let bytes = Number.POSITIVE_INFINITY;
  for await (const group of rows(products, options)) {
    const text = group.map((cells) => delimitedLine(cells, { delimiter })).join("");
    const added = Buffer.byteLength(text);
    if (bytes + added > limit) {
      file += 1;
      bytes = header.length;
      yield { file, text: header };
    }
    bytes += added;
    yield { file, text };
  }
}
