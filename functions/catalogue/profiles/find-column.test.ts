import { describe, expect, it } from "vitest";
import { acceptedLanguages, findColumn, inLanguage } from "./find-column.ts";

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

describe("of columns in several languages", () => {
  const columns = ["name-en_US", "name-de_AT", "name-de_DE", "name-zh_CN-ecommerce"];
  it.each([
    [[], columns],
    [["fr-FR"], columns],
    [["de-DE"], ["name-de_DE"]],
    [["de"], ["name-de_AT", "name-de_DE"]],
    [["de_CH"], ["name-de_AT", "name-de_DE"]],
    [["fr", "zh-CN", "de"], ["name-zh_CN-ecommerce"]],
  ])("those for %j are %j", (languages, expected) => {
    expect(inLanguage(columns, languages)).toEqual(expected);
  });
});

it("reads the languages that a client accepts", () => {
  expect(acceptedLanguages("de-AT, de;q=0.9, *;q=0.1, <x>")).toEqual(["de-AT", "de"]);
  expect(acceptedLanguages(undefined)).toEqual([]);
});
