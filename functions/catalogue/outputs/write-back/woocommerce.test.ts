import { expect, it } from "vitest";
import { exportProduct, exportRows, exportUrl } from "../../../../test/support/catalogue/export-products.ts";
import { woocommerceWriteBack } from "./woocommerce.ts";

it.each([
  ["front", `${exportUrl("W-1", "main")}, ${exportUrl("W-1", "detail")}, https://shop.example/old.jpg`],
  ["append", `https://shop.example/old.jpg, ${exportUrl("W-1", "main")}, ${exportUrl("W-1", "detail")}`],
] as const)("gives the whole gallery, because the import replaces it: %s", async (mode, gallery) => {
  const product = exportProduct("W-1", { cells: { ID: "44" } }, ["main", "detail"]);
  expect(woocommerceWriteBack.columns).toEqual(["ID", "SKU", "Images"]);
  expect((await exportRows(woocommerceWriteBack, [product], mode)).rows).toEqual([["44", "W-1", gallery]]);
});
