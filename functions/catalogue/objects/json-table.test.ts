import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { jsonTable } from "./json-table.ts";

async function read(text: string, limits = catalogueLimits) {
  const table = await jsonTable(bytesSource(Buffer.from(text)), { name: "utf-8", foundBy: "utf8" }, limits);
  const warnings = new Warnings();
  const rows = await collect(table.rows(warnings));
  return { kind: table.kind, columns: table.columns, cells: rows.map(({ cells }) => cells), warnings: warnings.list() };
}

it("tells lines whose first field is a list from one object around the products", async () => {
  const products = '[{"src":"a"},{"src":"b"}]';
  expect(await read(`{"images":${products}}\n{"images":[]}\n`)).toMatchObject({
    kind: "jsonl",
    columns: ["images"],
    cells: [["a | b"], [""]],
  });
  for (const end of ["", "\n", "\r\n\n"]) {
    expect(await read(`{"products":${products}}${end}`), JSON.stringify(end)).toMatchObject({
      kind: "json",
      columns: ["src"],
      cells: [["a"], ["b"]],
    });
  }
});

it("has a column for each field that occurs anywhere", async () => {
  expect(await read('[{"sku":"1"},{"title":"Cup","sku":"2"}]')).toMatchObject({
    columns: ["sku", "title"],
    cells: [
      ["1", ""],
      ["2", "Cup"],
    ],
  });
});

it("leaves out what is no JSON, once for each line", async () => {
  const { cells, warnings } = await read('{"sku":1}\n{sku:2}\n{"sku":3}\n{"sku":}\n');
  expect(cells).toEqual([["1"], ["3"]]);
  expect(warnings).toMatchObject([{ code: "not_an_object", count: 2, lines: [2, 4] }]);
});

it("refuses a file in which more texts are no JSON than are, before it has read them all", async () => {
  await expect(read('{"<c>"}\n'.repeat(2_000))).rejects.toMatchObject({ code: "file_damaged" });
  const mixed = await read('{"sku":1}\n{"<c>"}\n'.repeat(2_000));
  expect(mixed.cells).toHaveLength(2_000);
});

it("refuses a value that is cut off, a cell that is too large, and a file without objects", async () => {
  await expect(read('[{"sku":1}')).rejects.toMatchObject({ code: "file_damaged" });
  await expect(read("[1, 2]")).rejects.toMatchObject({ code: "no_rows" });
  const limits = { ...catalogueLimits, cellCharacters: 5 };
  expect((await read('{"sku":"12345"}', limits)).cells).toEqual([["12345"]]);
  await expect(read('{"sku":"1"}\n{"tags":["ab","cd"]}', limits)).rejects.toMatchObject({
    code: "cell_too_large",
    problem: { line: 2 },
  });
});
