import { cellOf, type WriteBack } from "./export-product.ts";

/**
 * WooCommerce's product import replaces the gallery by the addresses of `Images`, the first as the main image: the
 * former ones are listed again. An address must not contain a comma (woocommerce/woocommerce#24419).
 */
export const woocommerceWriteBack: WriteBack = {
  delimiter: ",",
  columns: ["ID", "SKU", "Images"],
  async *rows(products, { mode }) {
    for await (const { product, images, formerImages } of products) {
      const ours = images.map(({ url }) => url);
      const gallery = mode === "front" ? [...ours, ...formerImages] : [...formerImages, ...ours];
      yield [[cellOf(product, "ID"), product.sku, gallery.join(", ")]];
    }
  },
};
