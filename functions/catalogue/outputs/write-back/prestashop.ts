import { cellOf, type ExportProduct, groupVariants, type WriteBack } from "./export-product.ts";

/** PrestaShop, by product. Deleting the gallery is asked for only where the former images are listed again. */
export const prestashopWriteBack: WriteBack = {
  delimiter: ";",
  columns: [
    "Product ID",
    "Image URLs (x,y,z...)",
    "Image alt texts (x,y,z...)",
    "Delete existing images (0 = No, 1 = Yes)",
  ],
  async *rows(products, { mode }) {
    for await (const group of groupVariants(products)) {
      const [{ product, formerImages }] = group as [ExportProduct];
      const ours = group.flatMap(({ images }) => images);
      const former = mode === "front" ? formerImages : [];
      const urls = [...ours.map(({ url }) => url), ...former];
      // The importer matches texts to addresses by their place, and splits both at commas.
      const alts = [...ours.map(({ alt }) => alt.replaceAll(",", " ")), ...former.map(() => "")];
      yield [[cellOf(product, "Product ID"), urls.join(","), alts.join(","), mode === "front" ? "1" : "0"]];
    }
  },
};
