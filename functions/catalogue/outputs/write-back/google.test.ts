import { expect, it } from "vitest";
import {
  exportImageOf,
  exportProduct,
  exportRows,
  exportUrl,
} from "../../../../test/support/catalogue/export-products.ts";
import { googleWriteBack } from "./google.ts";

const columns = ["id", "image_link", "additional_image_link", "lifestyle_image_link"];

it("gives each image to the column of its shot, and leaves out those that Google refuses", async () => {
  const images = [
    exportImageOf("G", "main", { url: "https://images.example/a,b.jpg" }),
    exportImageOf("G", "lifestyle-zh"),
    exportImageOf("G", "flat"),
    exportImageOf("G", "small", { width: 499 }),
    exportImageOf("G", "smallest", { width: 500, height: 500 }),
    exportImageOf("G", "unlabelled", { isLabelled: false }),
  ];
  const { rows, leftOut } = await exportRows(googleWriteBack, [{ ...exportProduct("G"), images }]);
  expect(googleWriteBack.columns).toEqual(columns);
  const additional = `${exportUrl("G", "flat")},${exportUrl("G", "smallest")}`;
  expect(rows).toEqual([["G", "https://images.example/a%2Cb.jpg", additional, exportUrl("G", "lifestyle-zh")]]);
  expect(leftOut.map(({ image, reason }) => `${image.shot}: ${reason}`)).toEqual([
    "small: 499 × 1600: a side is shorter than 500 pixels",
    "unlabelled: its file does not say that it was generated",
  ]);
});

it("leaves out what comes after ten additional images", async () => {
  const shots = ["main", ...Array.from({ length: 12 }, (_, index) => `detail-${index}`)];
  const { rows, leftOut } = await exportRows(googleWriteBack, [exportProduct("G", {}, shots)]);
  expect(rows[0]![2]!.split(",")).toHaveLength(10);
  expect(leftOut.map(({ image }) => image.shot)).toEqual(["detail-10", "detail-11"]);
});

it("has no row for a product none of whose images Google takes", async () => {
  const images = [exportImageOf("G", "main", { isLabelled: false })];
  expect((await exportRows(googleWriteBack, [{ ...exportProduct("G"), images }])).rows).toEqual([]);
});
