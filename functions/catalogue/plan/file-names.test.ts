import { expect, it } from "vitest";
import { checkPattern, defaultPattern, distinctNames, fileStem, type NameValues } from "./file-names.ts";

const stem = (values: Partial<NameValues>, pattern = defaultPattern, options = {}) =>
  fileStem(pattern, { sku: "N-001", shot: "main", n: 1, version: 1, ...values }, options);

it.each([
  [{}, "N-001_main_1"],
  [{ sku: "商品 1/2" }, "商品-1-2_main_1"],
  [{ sku: "é" }, "é_main_1"],
  [{ sku: "../..//x" }, "x_main_1"],
  [{ sku: "a\u0000\n b" }, "a-b_main_1"],
])("names %j %s", (values, expected) => {
  expect(stem(values)).toBe(expected);
});

it("names what the pattern says, and nothing that a system keeps for itself", () => {
  expect(stem({ sku: "CON" }, "{sku}")).toBe("CON_");
  expect(stem({ sku: "com1.x" }, "{sku}")).toBe("com1_.x");
  expect(stem({ sku: "constant" }, "{sku}")).toBe("constant");
  expect(stem({ sku: ".hidden. " }, "{sku}")).toBe("hidden");
  expect(stem({ sku: "///" }, "{sku}")).toBe("image");
  expect(stem({ sku: "bag_small" }, "{sku}")).toBe("bag_small_1");
  expect(stem({ handle: "tape", version: 3 }, "{handle}-{sku}-v{version}")).toBe("tape-N-001-v3");
  expect(stem({ asin: "B01" }, "amazon")).toBe("B01.MAIN");
  expect(stem({ shot: "detail", n: 2 }, "amazon")).toBe("N-001.PT02");
  expect(stem({ sku: "Café 青" }, "{sku}", { ascii: true })).toBe("Cafe");
});

it("cuts a long name between letters and keeps it apart from others of the same beginning", () => {
  const [a, b] = ["青".repeat(60), `${"青".repeat(60)}x`].map((sku) => stem({ sku }, "{sku}"));
  for (const each of [a!, b!]) expect(each).toMatch(/^青{31}~[0-9a-f]{6}$/);
  expect(a).not.toBe(b);
});

it.each([
  ["{sku}_{color}", "{color} is none of"],
  ["image_{n}", "it needs {sku}"],
])("refuses the pattern %s", (pattern, message) => {
  expect(() => checkPattern(pattern)).toThrow(message);
});

it("gives images whose names are the same to a file system a piece of their key, in any order", () => {
  const images = ["AB-1#main", "ab-1#main", "ＡＢ-1#main", "c#main"].map((key) => ({ key, stem: key.split("#")[0]! }));
  const { stems, changed } = distinctNames(images);
  expect(changed).toHaveLength(3);
  expect(stems.get("c#main")).toBe("c");
  expect(new Set([...stems.values()].map((name) => name.normalize("NFKC").toLowerCase())).size).toBe(4);
  expect(distinctNames([...images].reverse()).stems).toEqual(stems);
  for (const name of stems.values()) expect(name).toMatch(/^[\p{L}\d-]+(~[0-9a-f]{6})?$/u);
});
