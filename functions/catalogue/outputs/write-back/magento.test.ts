import { expect, it } from "vitest";
import {
  exportImageOf,
  exportProduct,
  exportRows,
  exportUrl,
} from "../../../../test/support/catalogue/export-products.ts";
import { magentoWriteBack } from "./magento.ts";

const main = exportUrl("M", "main");

it("makes the first image of a product its base, small and thumbnail image", async () => {
  expect(magentoWriteBack.columns.join()).toBe(
    "sku,base_image,base_image_label,small_image,thumbnail_image,additional_images",
  );
  const { rows } = await exportRows(magentoWriteBack, [exportProduct("M", {}, ["main", "back", "top"])]);
  const additional = `${exportUrl("M", "back")},${exportUrl("M", "top")}`;
  expect(rows).toEqual([["M", main, "M, main", main, main, additional]]);
});

it("leaves the base image of the shop as it is when only another image has changed", async () => {
  const product = { ...exportProduct("M"), images: [exportImageOf("M", "back")] };
  const { rows } = await exportRows(magentoWriteBack, [product]);
  expect(rows).toEqual([["M", "", "", "", "", exportUrl("M", "back")]]);
});

it("keeps a cell of addresses within 255 characters, and says which images it leaves out", async () => {
  const shots = ["main", ...Array.from({ length: 6 }, (_, index) => `detail${index}`)];
  const { rows, leftOut } = await exportRows(magentoWriteBack, [exportProduct("M", {}, shots)]);
  // Four addresses of 52 characters and the commas between them are 211, five are 264.
  expect(rows[0]![5]).toBe(
    shots
      .slice(1, 5)
      .map((shot) => exportUrl("M", shot))
      .join(),
  );
  expect(leftOut.map(({ image, reason }) => [image.shot, reason])).toEqual([
    ["detail4", "additional_images would have more than 255 characters"],
    ["detail5", "additional_images would have more than 255 characters"],
  ]);
});
