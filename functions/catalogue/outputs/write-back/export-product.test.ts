import { expect, it } from "vitest";
import { exportProduct } from "../../../../test/support/catalogue/export-products.ts";
import { collect } from "../../../../test/support/collect.ts";
import { cellOf, groupVariants } from "./export-product.ts";

it("groups variants of one product that follow each other, and never products without a parent", async () => {
  async function* products() {
    yield exportProduct("A-1", { parentKey: "a" });
    yield exportProduct("A-2", { parentKey: "a" });
    yield exportProduct("B", {});
    yield exportProduct("C", {});
    // A parent of this name is no product with this SKU.
    yield exportProduct("D", { parentKey: "C" });
  }
  const groups = await collect(groupVariants(products()));
  expect(groups.map((group) => group.map(({ product }) => product.sku))).toEqual([["A-1", "A-2"], ["B"], ["C"], ["D"]]);
});

it("takes the first filled cell among the headers", () => {
  const { product } = exportProduct("A", { cells: { Handle: "old", "URL handle": "" } });
  expect(cellOf(product, "URL handle", "Handle")).toBe("old");
  expect(cellOf(product, "ID")).toBe("");
});
