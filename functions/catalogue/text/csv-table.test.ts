import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { csvTable } from "./csv-table.ts";

const open = (text: string, name = "utf-8", limits = {}) =>
  csvTable(bytesSource(encodeText(text, name)), { name, foundBy: "asked" }, { ...catalogueLimits, ...limits });

it("leaves out the line that only names the separator, and counts it", async () => {
  const table = await open("sep=;\nsku;title\nA,1;red\n");
  expect(table).toMatchObject({ delimiter: ";", quoting: true });
  expect(await collect(table.rows(new Warnings()))).toEqual([
    { line: 2, cells: ["sku", "title"] },
    { line: 3, cells: ["A,1", "red"] },
  ]);
});

it("reads all rows at each call, in the file's encoding", async () => {
  const table = await open("编码\t名称\n1\t花瓶\n", "gb18030");
  const cells = async () => (await collect(table.rows(new Warnings()))).map((row) => row.cells);
  const rows = [
    ["编码", "名称"],
    ["1", "花瓶"],
  ];
  expect([await cells(), await cells()]).toEqual([rows, rows]);
});

it("warns of an unclosed quote by its line, and refuses a record above the limit by its own", async () => {
  const warnings = new Warnings();
  expect(await collect((await open('sku,title\nA,"red\nB,blue\n')).rows(warnings))).toHaveLength(3);
  expect(warnings.list()).toMatchObject([{ code: "unclosed_quote", lines: [2] }]);
  const tooLong = await open("sku,title\nA,red\nB,crimson\n", "utf-8", { cellCharacters: 6 });
  await expect(collect(tooLong.rows(new Warnings()))).rejects.toMatchObject({
    code: "cell_too_large",
    problem: { line: 3 },
  });
});

it("has no rows where the file is empty", async () => {
  expect(await collect((await open("")).rows(new Warnings()))).toEqual([]);
});
