import type {
  ExportImage,
  ExportProduct,
  LeftOut,
  WriteBack,
} from "../../../functions/catalogue/outputs/write-back/export-product.ts";
import type { Product } from "../../../functions/catalogue/products/product.ts";
import { collect } from "../collect.ts";

/** Public address of an image of an export, as `exportImageOf` has it. */
export const exportUrl = (sku: string, shot: string) => `https://images.example/i/0123456789/${sku}_${shot}_1.jpg`;

export function exportImageOf(sku: string, shot: string, changes: Partial<ExportImage> = {}): ExportImage {
  const frame = { key: `${sku}#${shot}#1`, isFirst: false, shot, url: exportUrl(sku, shot), alt: `${sku}, ${shot}` };
  return { ...frame, width: 1600, height: 1600, isLabelled: true, ...changes };
}

/** A product named Tape with an image of each shot, which has one image in the shop. */
export function exportProduct(sku: string, changes: Partial<Product> = {}, shots = ["main"]): ExportProduct {
  return {
    product: { index: 0, line: 2, sku, fields: { title: "Tape" }, cells: {}, ...changes },
    firstImage: exportUrl(sku, shots[0]!),
    images: shots.map((shot, index) => exportImageOf(sku, shot, { isFirst: index === 0 })),
    formerImages: ["https://shop.example/old.jpg"],
  };
}

/** Rows that a channel is given for the products, and what it does not take. */
export async function exportRows(
  { rows }: WriteBack,
  products: readonly ExportProduct[],
  mode: "append" | "front" = "append",
) {
  async function* all() {
    yield* products;
  }
  const leftOut: LeftOut[] = [];
  const groups = await collect(rows(all(), { mode, leaveOut: (each) => leftOut.push(each) }));
  return { rows: groups.flat(), leftOut };
}
