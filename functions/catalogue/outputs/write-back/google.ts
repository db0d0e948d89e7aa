import type { ExportImage, WriteBack } from "./export-product.ts";

/**
 * Google Merchant: at least 500 × 500 pixels for apparel and the recommendation for all; at most ten further images.
 */
const minSide = 500;
const maxAdditional = 10;

/**
 * A supplemental feed: `id` and the image columns alone. Google asks that generated images keep their IPTC mark
 * (support.google.com/merchants/answer/6324350), so an image without it is left out, as is one that is too small.
 */
export const googleWriteBack: WriteBack = {
  delimiter: "\t",
  columns: ["id", "image_link", "additional_image_link", "lifestyle_image_link"],
  async *rows(products, { leaveOut }) {
    for await (const { product, images } of products) {
      const taken = images.filter((image) => {
        const reason = reasonAgainst(image);
        if (reason !== undefined) leaveOut({ product, image, reason });
        return reason === undefined;
      });
      const lifestyle = taken.find(({ shot }) => shot.startsWith("lifestyle"));
      const others = taken.filter((image) => image !== lifestyle);
      const main = others.find(({ shot }) => shot.startsWith("main"));
      const additional = others.filter((image) => image !== main);
      for (const image of additional.slice(maxAdditional)) {
        leaveOut({ product, image, reason: `more than ${maxAdditional} additional images` });
      }
      if (taken.length === 0) continue;
      const links = additional.slice(0, maxAdditional).map(linkOf).join(",");
      yield [[product.sku, main ? linkOf(main) : "", links, lifestyle ? linkOf(lifestyle) : ""]];
    }
  },
};

function reasonAgainst({ width, height, isLabelled }: ExportImage): string | undefined {
  if (Math.min(width, height) < minSide) return `${width} × ${height}: a side is shorter than ${minSide} pixels`;
  if (!isLabelled) return "its file does not say that it was generated";
  return undefined;
}

/** A comma separates addresses. */
function linkOf({ url }: ExportImage): string {
  return url.replaceAll(",", "%2C");
}
