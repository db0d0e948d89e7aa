import type { WriteBack } from "./export-product.ts";

/**
 * Magento 2. The first image of a product becomes base, small and thumbnail image; without it, when only others have
 * changed, these cells stay empty and the shop's as they are. The importer keeps former images, and a cell of addresses
 * ends at 255 characters (magento/magento2#15679), so further images are left out beyond that.
 */
const maxCellCharacters = 255;

export const magentoWriteBack: WriteBack = {
  delimiter: ",",
  columns: ["sku", "base_image", "base_image_label", "small_image", "thumbnail_image", "additional_images"],
  async *rows(products, { leaveOut }) {
    for await (const { product, images } of products) {
      const first = images.find(({ isFirst }) => isFirst);
      const others = images.filter(({ isFirst }) => !isFirst);
      let additional = "";
      for (const image of others) {
        const longer = additional === "" ? image.url : `${additional},${image.url}`;
        if (longer.length > maxCellCharacters) {
          const reason = `additional_images would have more than ${maxCellCharacters} characters`;
          leaveOut({ product, image, reason });
        } else {
          additional = longer;
        }
      }
      const { url = "", alt = "" } = first ?? {};
      yield [[product.sku, url, alt, url, url, additional]];
    }
  },
};
