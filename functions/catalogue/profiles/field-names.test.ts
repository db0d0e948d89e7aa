import { expect, it } from "vitest";
import { isKnownName, nameFit } from "./field-names.ts";

it.each([
  ["image", "IMAGE_url", 1],
  ["sku", "ＳＫＵ", 1],
  ["sku", "re\u0301fe\u0301rence", 1],
  ["title", "libellé", 1],
  ["image", "*商品主图（必填）", 1],
  ["sku", "商品ID", 0.75],
  ["sku", "商家SKU", 0.8],
  ["sku", "Our label (SKU)", 0.8],
  ["color", "我的颜色", 0.8],
  // Another thing than what is beside it.
  ["sku", "Parent SKU", 0],
  ["title", "颜色名称", 0.5],
  ["title", "Brand Name", 0],
  ["title", "店铺名称", 0.5],
  ["image", "image of the back", 0.5],
  // Names of three letters are parts of too many words, and so are those that are seldom used.
  ["sku", "skull", 0],
  ["title", "bijou du nombre d'or", 0],
  ["price", "title", 0],
] as const)("%s in a column %j: %d", (field, column, fit) => {
  expect(nameFit(field, column)).toBe(fit);
});

it("knows a name however it is written, and none that only holds one", () => {
  expect(isKnownName(" Product-Name: ")).toBe(true);
  expect(isKnownName("product name of ours")).toBe(false);
  expect(isKnownName("***")).toBe(false);
});
