import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { feedTable } from "./feed-table.ts";

async function read(text: string, limits = catalogueLimits) {
  const table = await feedTable(bytesSource(Buffer.from(text)), { name: "utf-8", foundBy: "utf8" }, limits);
  return { columns: table.columns, rows: await collect(table.rows(new Warnings())) };
}

it("reads items with their lines, and leaves the channel's own fields out", async () => {
  const found = await read(
    "<rss><channel><title>Shop</title>\n<item><id>1</id><title>Vase</title></item>\n" +
      "<item><id>2</id><price>3 EUR</price></item></channel></rss>",
  );
  expect(found).toEqual({
    columns: ["id", "title", "price"],
    rows: [
      { line: 2, cells: ["1", "Vase", ""] },
      { line: 3, cells: ["2", "", "3 EUR"] },
    ],
  });
});

it("prefers the shop's own g: fields, wherever they stand, and joins those that repeat", async () => {
  const { rows } = await read(
    "<rss><item><title>for readers</title><g:title>Vase</g:title></item>" +
      "<item><g:title>Cup</g:title><title>for readers</title></item>" +
      "<item><g:title>Jug</g:title><g:title></g:title><g:title>Pot</g:title></item></rss>",
  );
  expect(rows.map(({ cells }) => cells)).toEqual([["Vase"], ["Cup"], ["Jug,Pot"]]);
});

it("joins the parts of a field, and takes addresses and ids out of attributes", async () => {
  const { columns, rows } = await read(
    '<shop><offer id="7"><link href="https://x/7"/><shipping><country>DE</country> <price>4 EUR</price></shipping>' +
      "</offer></shop>",
  );
  expect(columns).toEqual(["id", "link", "shipping"]);
  expect(rows[0]!.cells).toEqual(["7", "https://x/7", "DE:4 EUR"]);
});

it("refuses XML without items, and a field or an item that is too large, with its line", async () => {
  await expect(read("<urlset><url><loc>https://x</loc></url></urlset>")).rejects.toMatchObject({
    code: "not_a_catalogue",
    message: expect.stringContaining("XML without item"),
  });
  const limits = { ...catalogueLimits, cellCharacters: 10, recordCharacters: 15 };
  expect((await read("<a>\n<item><b>1234567890</b><c>12345</c></item></a>", limits)).rows).toHaveLength(1);
  for (const fields of ["<b>12345678901</b>", "<b>1234567890</b><c>123456</c>"]) {
    await expect(read(`<a>\n<item>${fields}</item></a>`, limits)).rejects.toMatchObject({
      code: "cell_too_large",
      problem: { line: 2 },
    });
  }
});
