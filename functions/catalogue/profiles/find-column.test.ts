import { expect, it } from "vitest";
import { findColumn } from "./find-column.ts";

it("prefers the exact header to one in another case, and an earlier wish to a better match", () => {
  expect(findColumn(["sku", "SKU"], ["SKU"])).toBe("SKU");
  expect(findColumn(["Sku"], ["SKU"])).toBe("Sku");
  expect(findColumn(["id", "sku"], ["SKU", "id"])).toBe("sku");
});

it.each([
  ["image_*_url", "image_1_url", true],
  ["*#1.value", "color#1.value", true],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "a-c", false],
  ["image_*_url", "Image_1_url", false],
  ["image_*_url", "image_1_url_old", false],
])("%s fits %s: %s", (pattern, column, fits) => {
  expect(findColumn(["x", column], [pattern])).toBe(fits ? column : undefined);
});

it("finds a header that was typed anew, with other spaces, signs or apostrophes, but none of signs alone", () => {
  expect(findColumn(["Nom de l’attribut 1 "], ["Nom de l'attribut 1"])).toBe("Nom de l’attribut 1 ");
  expect(findColumn(["body_html"], ["Body (HTML)"])).toBe("body_html");
  expect(findColumn(["#", "!"], ["?"])).toBeUndefined();
});

it("finds nothing for a header that is only a part of a column", () => {
  expect(findColumn(["product sku"], ["sku"])).toBeUndefined();
});

it("takes no letter for both ends of a pattern", () => {
  expect(findColumn(["aba"], ["ab*ba"])).toBeUndefined();
});
