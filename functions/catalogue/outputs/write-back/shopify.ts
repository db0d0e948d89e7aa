import {
  cellOf,
  type ExportImage,
  type ExportProduct,
  groupVariants,
  type WriteBack,
  type WriteBackOptions,
} from "./export-product.ts";

/** Columns by the two spellings of Shopify's own export. A file is written back in the one that it came in. */
const spellings = {
  shopify: {
    handle: "URL handle",
    title: "Title",
    optionName: "Option1 name",
    optionValue: "Option1 value",
    sku: "SKU",
    image: "Product image URL",
    position: "Image position",
    alt: "Image alt text",
    variantImage: "Variant image URL",
  },
  shopify_legacy: {
    handle: "Handle",
    title: "Title",
    optionName: "Option1 Name",
    optionValue: "Option1 Value",
    sku: "Variant SKU",
    image: "Image Src",
    position: "Image Position",
    alt: "Image Alt Text",
    variantImage: "Variant Image",
  },
} as const;

/**
 * A row for each image, under the handle of its product; the first image of a variant stands in the variant's own row.
 * Columns that are left out keep their values in the shop, and a cell that is empty empties the shop's: the image of a
 * variant is always named.
 */
export function shopifyWriteBack(profile: keyof typeof spellings): WriteBack {
  const columns = spellings[profile];
  return {
    delimiter: ",",
    columns: Object.values(columns),
    async *rows(products, { mode, note }) {
      for await (const group of groupVariants(products)) yield rowsOf(group, { mode, note, columns });
    },
  };
}

function rowsOf(
  group: readonly ExportProduct[],
  {
    mode,
    note,
    columns,
  }: Pick<WriteBackOptions, "mode" | "note"> & { readonly columns: (typeof spellings)[keyof typeof spellings] },
): string[][] {
  const [{ product, formerImages }] = group as [ExportProduct];
  // Older files have the one column, newer ones the other, and some the two in a mixture.
  const known = product.parentKey ?? cellOf(product, "URL handle", "Handle");
  if (known === "") note?.(madeHandles);
  const handle = known === "" ? handleOf(product.fields.title ?? product.sku) : known;
  const rows: string[][] = [];
  let position = mode === "append" ? formerImages.length : 0;
  const imageRow = (url: string, alt: string) => [handle, "", "", "", "", url, String(++position), alt, ""];
  for (const each of group) {
    const { product, images } = each;
    const [first, ...others] = images as [ExportImage, ...ExportImage[]];
    rows.push([
      handle,
      rows.length === 0 ? (product.fields.title ?? "") : "",
      cellOf(product, columns.optionName),
      cellOf(product, columns.optionValue),
      // A product without SKU has the made-up one of this catalogue, which the shop does not know.
      cellOf(product, columns.sku),
      first.url,
      String(++position),
      first.alt,
      variantImage(each, mode, columns.variantImage),
    ]);
    for (const { url, alt } of others) rows.push(imageRow(url, alt));
  }
  if (mode === "front") for (const url of formerImages) rows.push(imageRow(url, ""));
  return rows;
}

const madeHandles =
  "your file has no handles, by which Shopify finds products: they were made of the titles, as Shopify makes them; " +
  "compare them with your shop's, because a handle that it does not know makes a new product";

/** A handle as Shopify makes it of a title. */
function handleOf(title: string): string {
  return title
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/**
 * The image that the shop shows for a variant: behind the shop's own images it stays what it was, in front of them it
 * is the first of ours. A product without variants has none unless its owner gave it one.
 */
function variantImage({ product, firstImage }: ExportProduct, mode: "append" | "front", column: string): string {
  const former = cellOf(product, column, "Variant image URL", "Variant Image");
  const option = cellOf(product, "Option1 value", "Option1 Value");
  const isOnlyOne = /^(?:|default title)$/i.test(option);
  if (former === "" && isOnlyOne) return "";
  return mode === "append" && former !== "" ? former : firstImage;
}
