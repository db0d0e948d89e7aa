import { expect, it } from "vitest";
import { exportProduct, exportRows, exportUrl } from "../../../../test/support/catalogue/export-products.ts";
import type { ExportProduct } from "./export-product.ts";
import { prestashopWriteBack } from "./prestashop.ts";

const variants = ["P-1", "P-2"].map((sku) => exportProduct(sku, { parentKey: "7", cells: { "Product ID": "7" } }));
const ours = `${exportUrl("P-1", "main")},${exportUrl("P-2", "main")}`;

it("has one row for the variants of a product, with as many texts as addresses, and deletes nothing", async () => {
  expect(prestashopWriteBack.columns.join(prestashopWriteBack.delimiter)).toBe(
    "Product ID;Image URLs (x,y,z...);Image alt texts (x,y,z...);Delete existing images (0 = No, 1 = Yes)",
  );
  // A comma in a text would give it to the next image.
  expect((await exportRows(prestashopWriteBack, variants)).rows).toEqual([["7", ours, "P-1  main,P-2  main", "0"]]);
});

it("asks to delete the gallery only where it lists the former images again", async () => {
  const gallery = `${ours},https://shop.example/old.jpg`;
  expect((await exportRows(prestashopWriteBack, variants, "front")).rows).toEqual([
    ["7", gallery, "P-1  main,P-2  main,", "1"],
  ]);
});

it("deletes no gallery that it does not know, and makes no new product", async () => {
  const [first] = variants as [ExportProduct];
  const unknown = await exportRows(prestashopWriteBack, [{ ...first, formerImages: [] }], "front");
  expect(unknown.rows[0]!.at(-1)).toBe("0");
  const { rows, leftOut } = await exportRows(prestashopWriteBack, [exportProduct("P-9")]);
  expect(rows).toEqual([]);
  expect(leftOut).toMatchObject([{ reason: expect.stringContaining("no Product ID") }]);
});
