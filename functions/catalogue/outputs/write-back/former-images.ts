import type { Product } from "../../products/product.ts";
import { findColumn } from "../../profiles/find-column.ts";
import { headersOf, profiles } from "../../profiles/profile.ts";
import type { CatalogueTable } from "../../tables/catalogue-table.ts";
import type { Channel } from "./channels.ts";
import { cellOf } from "./export-product.ts";

/** Addresses that a product has in the caller's own file. */
export type FormerImages = (product: Product) => readonly string[];

/** Columns whose cell lists all images of a product. */
const listed: { readonly [channel in Channel]?: readonly string[] } = {
  woocommerce: ["Images"],
  prestashop: ["Image URLs (x,y,z...)"],
};
/** Shopify has a row for each image of a product, by its handle. */
const byRow: { readonly [channel in Channel]?: { readonly key: string[]; readonly image: string[] } } = {
  shopify: { key: ["URL handle", "Handle"], image: ["Product image URL", "Image Src"] },
  shopify_legacy: { key: ["Handle", "URL handle"], image: ["Image Src", "Product image URL"] },
};

/** @param table - the caller's file, read once where the images of a product have rows of their own */
export async function formerImages(channel: Channel, table: CatalogueTable): Promise<FormerImages> {
  const columns = listed[channel];
  if (columns !== undefined) {
    const profile = profiles.find(({ id }) => id === channel);
    const header = findColumn(table.columns, profile === undefined ? columns : headersOf(profile, columns));
    return (product) => addressesIn(cellOf(product, ...(header === undefined ? columns : [header])));
  }
  const rows = byRow[channel];
  if (rows === undefined) return () => [];
  const [key, image] = [rows.key, rows.image].map((headers) => {
    const header = findColumn(table.columns, headers);
    return header === undefined ? -1 : table.columns.indexOf(header);
  }) as [number, number];
  const found = new Map<string, string[]>();
  if (key < 0 || image < 0) return () => [];
  for await (const { cells } of table.records()) {
    const handle = cells[key]!.trim();
    const url = cells[image]!.trim();
    if (handle === "" || url === "") continue;
    const known = found.get(handle);
    if (known === undefined) found.set(handle, [url]);
    else if (!known.includes(url)) known.push(url);
  }
  return ({ parentKey = "" }) => found.get(parentKey) ?? [];
}

function addressesIn(cell: string): string[] {
  return cell
    .split(/,\s*(?=https?:)/)
    .map((url) => url.trim())
    .filter((url) => url !== "");
}
