import { cellOf, type ExportProduct, groupVariants, type WriteBack } from "./export-product.ts";

/** Older exports name it otherwise, and so do those in other languages. */
const idHeaders = ["Product ID", "ID", "ID produit", "Produkt-ID", "ID de producto", "ID del producto", "ID prodotto"];

/**
 * PrestaShop, by product. Deleting the gallery is asked for only where the former images are known and listed again:
 * an export without their addresses says nothing about what the shop has.
 */
export const prestashopWriteBack: WriteBack = {
  delimiter: ";",
  columns: [
    "Product ID",
    "Image URLs (x,y,z...)",
    "Image alt texts (x,y,z...)",
    "Delete existing images (0 = No, 1 = Yes)",
  ],
  async *rows(products, { mode, leaveOut }) {
    for await (const group of groupVariants(products)) {
      const [{ product, formerImages }] = group as [ExportProduct];
      const id = cellOf(product, ...idHeaders);
      if (id === "") {
        // Without a number the importer would make a new product.
        const reason = "its row has no Product ID, by which PrestaShop finds the product";
        for (const { product, images } of group) for (const image of images) leaveOut({ product, image, reason });
        continue;
      }
      const ours = group.flatMap(({ images }) => images);
      const former = mode === "front" ? formerImages : [];
      const urls = [...ours.map(({ url }) => url), ...former];
      // The importer matches texts to addresses by their place, and splits both at commas.
      const alts = [...ours.map(({ alt }) => alt.replaceAll(",", " ")), ...former.map(() => "")];
      yield [[id, urls.join(","), alts.join(","), former.length > 0 ? "1" : "0"]];
    }
  },
};
