import { expect, it } from "vitest";
import { flattenObject } from "./flatten-object.ts";

const texts = (value: { readonly [name: string]: unknown }) =>
  flattenObject(value).map(({ name, text }) => [name, text] as const);

it("names what lies within by its path, and writes what lies deeper than three as JSON", () => {
  expect(texts({ sku: "1", image: { src: "a.jpg", size: { w: 2, box: { h: 3 } } } })).toEqual([
    ["sku", "1"],
    ["image.src", "a.jpg"],
    ["image.size.w", "2"],
    ["image.size.box", '{"h":3}'],
  ]);
});

it("joins lists, and takes the address out of each object in them", () => {
  expect(
    texts({
      tags: ["red", 5, null, true],
      images: [{ id: 1, src: "a.jpg" }, { src: "", url: "b.jpg" }, { id: 3 }],
      none: [],
    }),
  ).toEqual([
    ["tags", "red | 5 |  | true"],
    ["images", 'a.jpg | b.jpg | {"id":3}'],
    ["none", ""],
  ]);
});

it("writes numbers without exponent, and marks whole ones that are not what the file said", () => {
  const cells = flattenObject({ price: 0.5, zero: 0, safe: 9_007_199_254_740_991, code: 2 ** 53, long: 1e21 });
  expect(cells).toEqual([
    { name: "price", text: "0.5", isImprecise: false },
    { name: "zero", text: "0", isImprecise: false },
    { name: "safe", text: "9007199254740991", isImprecise: false },
    { name: "code", text: "9007199254740992", isImprecise: true },
    { name: "long", text: "1000000000000000000000", isImprecise: true },
  ]);
});
