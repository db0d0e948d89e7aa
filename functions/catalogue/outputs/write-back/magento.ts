import type { WriteBack } from "./export-product.ts";

/**
 * Magento 2. The first image becomes base, small and thumbnail image; the importer keeps former images, and a cell of
 * addresses ends at 255 characters (magento/magento2#15679), so further images are left out beyond that.
 */
const maxCellCharacters = 255;

export const magentoWriteBack: WriteBack = {
  delimiter: ",",
  columns: ["sku", "base_image", "base_image_label", "small_image", "thumbnail_image", "additional_images"],
  async *rows(products, { leaveOut }) {
    for await (const { product, images } of products) {
      const [first, ...others] = images;
      if (first === undefined) continue;
      let additional = "";
      for (const { shot, url } of others) {
        const longer = additional === "" ? url : `${additional},${url}`;
        if (longer.length > maxCellCharacters) {
          const reason = `additional_images would have more than ${maxCellCharacters} characters`;
          leaveOut({ sku: product.sku, shot, reason });
        } else {
          additional = longer;
        }
      }
      yield [[product.sku, first.url, first.alt, first.url, first.url, additional]];
    }
  },
};
