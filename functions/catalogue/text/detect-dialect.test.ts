import { expect, it } from "vitest";
import { detectDialect } from "./detect-dialect.ts";

it.each([
  ["a comma", "sku,title,price\n1,vase,2\n2,cup,3\n", ","],
  ["a tab", "sku\ttitle, long\n1\tvase, blue\n", "\t"],
  ["a semicolon beside decimal commas", "sku;title;price\n1;vase;2,50\n2;cup;3,00\n", ";"],
  ["a bar", "sku|title\n1|vase\n", "|"],
  ["a comma beside lists", "sku,title,tags,d\n1,vase,a;b,x\n2,cup,a;b,x\n", ","],
  ["a comma below a title", "Products\n\nsku,title\n1,vase\n2,cup\n", ","],
  ["one column", "sku\n1\n2\n", ","],
])("finds %s", (_, text, delimiter) => {
  expect(detectDialect(text)).toMatchObject({ delimiter, quoting: true, hasSeparatorLine: false });
});

it("believes a line that names the separator", () => {
  expect(detectDialect("sep=;\r\na,b;c,d\r\n1,2;3,4\r\n")).toMatchObject({
    delimiter: ";",
    hasSeparatorLine: true,
    width: 2,
  });
  expect(detectDialect('"sep=|"\na,b|c\n1,2|3\n')).toMatchObject({ delimiter: "|", hasSeparatorLine: true });
});

it("finds carriage returns as line ends, and Amazon's report without quoting", () => {
  expect(detectDialect("sku,title\r1,vase\r")).toMatchObject({ newline: "\r", width: 2 });
  expect(detectDialect('item-name\titem-description\tlisting-id\tseller-sku\nVase\t5" high\tL\tS\n')).toMatchObject({
    delimiter: "\t",
    quoting: false,
  });
});
