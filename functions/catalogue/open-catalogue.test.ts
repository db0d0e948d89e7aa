import { describe, expect, it } from "vitest";
import { encodeText } from "../../test/support/catalogue/encode-text.ts";
import { collect } from "../../test/support/collect.ts";
import { bytesSource } from "./bytes/byte-source.ts";
import { catalogueLimits as limits } from "./limits.ts";
import { openCatalogue } from "./open-catalogue.ts";
import type { OpenOptions } from "./tables/catalogue-table.ts";

async function read(file: string | Uint8Array, options: OpenOptions = {}) {
  const source = bytesSource(typeof file === "string" ? Buffer.from(file) : file);
  const table = await openCatalogue(source, options);
  const records = await collect(table.records());
  return { columns: table.columns, rows: records.map(({ cells }) => cells), records, report: table.report() };
}

describe("text", () => {
  it("finds the header below a title, comments and a version, and drops totals", async () => {
    const file = "\uFEFFSpring list,,\n\nsku,title,price\n1,Vase,2\n2,Cup,3\n合计,,5\nNote: red is required,,\n";
    const { columns, rows, report } = await read(file);
    expect(columns).toEqual(["sku", "title", "price"]);
    expect(rows).toEqual([
      ["1", "Vase", "2"],
      ["2", "Cup", "3"],
    ]);
    expect(report).toMatchObject({
      kind: "csv",
      encoding: { name: "utf-8", foundBy: "byte_order_mark" },
      delimiter: ",",
      headerRows: [3],
      records: 2,
      dropped: { blank: 0, aboveHeader: 2, totals: 2 },
      isRagged: false,
    });
    expect(report.warnings).toMatchObject([{ code: "totals_dropped", count: 2, lines: [6, 7] }]);
  });

  it("keeps a row that looks like a total where data follows", async () => {
    const { rows, report } = await read("title,sku\nTotal,1\nVase,2\n");
    expect(rows).toEqual([
      ["Total", "1"],
      ["Vase", "2"],
    ]);
    expect(report.dropped.totals).toBe(0);
  });

  it("passes over the comments above a Meta feed", async () => {
    const file = "# ref_application_id 123\n# see help\nid\ttitle\timage_link\nA\tVase\thttps://x/a.jpg\n";
    expect(await read(file)).toMatchObject({ columns: ["id", "title", "image_link"], report: { headerRows: [3] } });
  });

  it("names columns of two header rows, without a name, and of equal names", async () => {
    const file = "sku,Image,,,\n,main,side,main,\n1,a,b,c,d\n2,e,f,g,h\n";
    expect(await read(file)).toMatchObject({
      columns: ["sku", "main", "side", "main (2)"],
      report: { headerRows: [1, 2], isRagged: false },
    });
    expect((await read("sku,,sku,sku (2)\n1,2,3,4\n")).columns).toEqual(["sku", "Column 2", "sku (3)", "sku (2)"]);
  });

  const three = [
    ["V-1", "Vase, blue", "https://x/a.jpg"],
    ["V-2", 'Cup "big"', "https://x/b.jpg"],
    ["V-3", "Pot", ""],
  ];
  const quoted = '"V-1","Vase, blue",https://x/a.jpg\n"V-2","Cup ""big""","https://x/b.jpg"\nV-3,Pot,\n';
  const wrapped = '"V-1,""Vase, blue"",https://x/a.jpg"\n"""V-2"",""Cup """"big"""""",https://x/b.jpg"\n';

  it.each([
    ["two byte order marks before a quoted header", `\uFEFF\uFEFF"sku","title","image"\n${quoted}`],
    ["line ends of two returns and a line feed", `sku,title,image\n${quoted}`.replaceAll("\n", "\r\r\n")],
    ["every line in one quoted cell", `"sku,title,image"\n${wrapped}"V-3,Pot,"\n`],
    ["lines with quotes in one quoted cell, the others not", `sku,title,image\n${wrapped}V-3,Pot,\n`],
    ["the header on every page", `sku,title,image\n${quoted.replace("V-3", " sku ,title,image\nV-3")}`],
    [
      "lines drawn with hyphens, and how many rows there were",
      `sku,title,image\n---,---,---\n${quoted}\n(3 rows affected)\n`,
    ],
    ["a hundred blank lines and more", `sku,title,image\n${quoted.replace('"V-2"', `${"\r\n".repeat(300)}"V-2"`)}`],
  ])("reads %s", async (_, file) => {
    const { rows, columns, report } = await read(file);
    expect(columns).toEqual(["sku", "title", "image"]);
    expect(rows).toEqual(three);
    expect(report.isRagged).toBe(false);
  });

  it("counts blank lines that were passed over together, and knows the lines after them", async () => {
    const { records, report } = await read(`sku,title\n1,Vase\n${"\n".repeat(5_000)}2,Cup\n`);
    expect(records.map(({ line }) => line)).toEqual([2, 5_003]);
    expect(report.dropped.blank).toBe(5_000);
  });

  it("reads lines that end in returns, with line feeds in their cells, as Excel for Mac writes them", async () => {
    const { rows } = await read('sku,title,text\r1,Vase,"one\ntwo"\r2,Cup,"a\nb"\r3,Pot,x\r');
    expect(rows).toEqual([
      ["1", "Vase", "one\ntwo"],
      ["2", "Cup", "a\nb"],
      ["3", "Pot", "x"],
    ]);
  });

  const taobaoRows = [
    "version 1.00",
    "title\tcid\tpicture\touter_id\tnum_id",
    "宝贝名称\t宝贝类目\t新图片\t商家编码\t数字ID",
    "不锈钢保温杯\t50012\t0123456789abcdef0123456789abcdef:1:0:|https://img.example/a.jpg;\t00123\t900719925",
    "简约陶瓷花瓶\t50013\tfedcba9876543210fedcba9876543210:1:0:|;\t00124\t900719926",
    "红色帆布包\t50014\t\t00125\t900719927",
  ];

  it.each([
    ["UTF-16LE with tabs", encodeText(`\uFEFF${taobaoRows.join("\r\n")}\r\n`, "utf-16le"), "utf-16le"],
    ["GBK with tabs", encodeText(taobaoRows.join("\r\n"), "gb18030"), "gb18030"],
    ["GBK with commas", encodeText(taobaoRows.join("\r\n").replaceAll("\t", ","), "gb18030"), "gb18030"],
  ])("reads Taobao's three header rows: %s", async (_, file, encoding) => {
    const { columns, rows, report } = await read(file);
    expect(columns).toEqual(["title", "cid", "picture", "outer_id", "num_id"]);
    expect(rows.map((cells) => cells[3])).toEqual(["00123", "00124", "00125"]);
    expect(rows.map((cells) => cells[0])).toEqual(["不锈钢保温杯", "简约陶瓷花瓶", "红色帆布包"]);
    expect(report).toMatchObject({ encoding: { name: encoding }, headerRows: [2], records: 3 });
  });

  it("begins Amazon's data where its settings say", async () => {
    const file = [
      "settings=attributeRow=3&dataRow=5&labelRow=2&contentLanguageTag=en_US\t\t",
      "SKU\tProduct Type\tItem Name",
      "contribution_sku#1.value\tproduct_type#1.value\titem_name#1.value",
      "ABC123\tVASE\tExample",
      "V-1\tVASE\tBlue vase",
    ];
    const { columns, rows } = await read(file.join("\n"));
    expect(columns[0]).toBe("contribution_sku#1.value");
    expect(rows).toEqual([["V-1", "VASE", "Blue vase"]]);
  });

  it("passes over the row of an older Amazon sheet that says what is required", async () => {
    const file =
      "TemplateType=fptcustom\tVersion=2021\t\n\t\t\nfeed_product_type\titem_sku\titem_name\nRequired\tRequired\tOptional\nvase\tV-1\tBlue\n";
    expect((await read(file)).rows).toEqual([["vase", "V-1", "Blue"]]);
  });

  it("says so when more than a fifth of the rows have another number of cells", async () => {
    const { rows, report } = await read("sku,title,image\n1,a,b,TRUE\n2,a\n3,a,b\n4,a,b\n");
    expect(rows[0]).toEqual(["1", "a", "b"]);
    expect(rows[1]).toEqual(["2", "a", ""]);
    expect(report.isRagged).toBe(true);
    expect(report.warnings).toMatchObject([{ code: "ragged_rows", count: 2, lines: [2, 3] }]);
    expect(report.warnings[0]!.message.en).toContain("2 of 4 rows do not have the 3 cells");
  });

  it("does not mind a delimiter at the end of every row", async () => {
    const { report } = await read("sku,title\n1,a,\n2,b,\n");
    expect(report).toMatchObject({ isRagged: false, warnings: [] });
  });

  it("takes the header row that is asked for", async () => {
    expect((await read("x,y\nsku,title\n1,a\n", { headerRow: 2 })).columns).toEqual(["sku", "title"]);
    await expect(read("sku,title\n1,a\n", { headerRow: 9 })).rejects.toMatchObject({
      code: "header_row_not_found",
      param: "header_row",
    });
  });

  it.each([
    ["", "file_empty"],
    ["sku,title\n", "no_rows"],
    ["sku,title\n,\n\n", "no_rows"],
  ])("refuses %j with %s", async (file, code) => {
    await expect(read(file)).rejects.toMatchObject({ code });
  });

  it("refuses more records than allowed", async () => {
    const table = await openCatalogue(bytesSource(Buffer.from("sku\n1\n2\n3\n")), {}, { ...limits, records: 2 });
    await expect(collect(table.records())).rejects.toMatchObject({ code: "too_many_products", problem: { line: 4 } });
  });
});

describe("JSON", () => {
  const objects = [
    { sku: "00123", title: "Vase", price: 12.5, tags: ["a", "b"], image: { src: "https://x/a.jpg" } },
    { sku: "00124", active: true, images: [{ src: "https://x/b.jpg" }, { src: "https://x/c.jpg" }], none: null },
  ];
  const columns = ["sku", "title", "price", "tags", "image.src", "active", "images", "none"];
  const rows = [
    ["00123", "Vase", "12.5", "a | b", "https://x/a.jpg", "", "", ""],
    ["00124", "", "", "", "", "true", "https://x/b.jpg | https://x/c.jpg", ""],
  ];

  it.each([
    ["lines", objects.map((object) => JSON.stringify(object)).join("\n"), "jsonl", [1, 2]],
    ["an array", JSON.stringify(objects), "json", [1, 2]],
    ["a printed array", JSON.stringify(objects, null, 2), "json", [2, 14]],
    ["an array within an object", JSON.stringify({ products: objects }, null, 1), "json", [3, 15]],
  ])("reads %s", async (_, file, kind, lines) => {
    const found = await read(file);
    expect(found.columns).toEqual(columns);
    expect(found.rows).toEqual(rows);
    expect(found.records.map(({ line }) => line)).toEqual(lines);
    expect(found.report).toMatchObject({ kind, headerRows: [] });
  });

  it("leaves out a line that is no object, and says which", async () => {
    const { rows: found, report } = await read('{"sku":1}\n{"sku":oops}\n{"sku":3}\n');
    expect(found).toEqual([["1"], ["3"]]);
    expect(report.warnings).toMatchObject([{ code: "not_an_object", lines: [2] }]);
  });

  it("marks whole numbers that lost digits", async () => {
    const { records } = await read('{"sku":4006381333931234567}\n');
    expect(records[0]!.imprecise).toEqual([0]);
  });

  it("refuses a text that ends within a value, and a cell that is too large", async () => {
    await expect(read('[{"sku":1},{"sku":')).rejects.toMatchObject({ code: "file_damaged" });
    await expect(read(`{"sku":"${"x".repeat(1_000_001)}"}`)).rejects.toMatchObject({ code: "cell_too_large" });
    await expect(read(`{"sku":"${"x".repeat(4_100_000)}`)).rejects.toMatchObject({ code: "cell_too_large" });
  });
});

describe("feeds", () => {
  it("reads Google's RSS by local names", async () => {
    const { columns, rows, records, report } = await read(`<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>A-1</g:id><title>Vase &amp; stand</title><g:image_link><![CDATA[https://x/a.jpg?a=1&b=2]]></g:image_link>
<g:shipping><g:country>US</g:country><g:price>5 USD</g:price></g:shipping></item>
<item><g:id>A-2</g:id><title>for readers</title><g:title>Cup</g:title><g:additional_image_link>1</g:additional_image_link><g:additional_image_link>2</g:additional_image_link></item>
</channel></rss>`);
    expect(columns).toEqual(["id", "title", "image_link", "shipping", "additional_image_link"]);
    expect(rows).toEqual([
      ["A-1", "Vase & stand", "https://x/a.jpg?a=1&b=2", "US:5 USD", ""],
      ["A-2", "Cup", "", "", "1,2"],
    ]);
    expect(records.map(({ line }) => line)).toEqual([3, 5]);
    expect(report.kind).toBe("xml");
  });

  it("reads Atom, whose link is an attribute", async () => {
    const file = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="g"><entry><g:id>1</g:id><link href="https://x/1"/></entry></feed>`;
    expect((await read(file)).rows).toEqual([["1", "https://x/1"]]);
  });

  it("reads a declared GBK", async () => {
    const file = encodeText(
      '<?xml version="1.0" encoding="GBK"?><rss><item><id>1</id><title>花瓶</title></item></rss>',
      "gb18030",
    );
    expect((await read(file)).rows).toEqual([["1", "花瓶"]]);
  });

  it.each([
    [
      "a document type",
      '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><rss><item><id>&lol;</id></item></rss>',
      "file_unsafe_xml",
    ],
    ["an unknown entity", "<rss><item><id>&lol;</id></item></rss>", "file_damaged"],
    ["a cut end", "<rss><item><id>1</id>", "file_damaged"],
    ["no items", "<rss><channel/></rss>", "not_a_catalogue"],
    ["a text without end", `<rss><item><id>${"x".repeat(5_000_000)}`, "cell_too_large"],
    ["a comment without end", `<rss><!-- ${"x".repeat(5_000_000)}`, "cell_too_large"],
    ["deep elements", "<a>".repeat(100_000), "file_damaged"],
  ])("refuses %s", async (_, file, code) => {
    await expect(read(file)).rejects.toMatchObject({ code });
  });
});
