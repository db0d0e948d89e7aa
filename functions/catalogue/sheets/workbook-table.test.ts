import { describe, expect, it } from "vitest";
import { relations, type WorkbookParts, writeWorkbook } from "../../../test/support/catalogue/write-workbook.ts";
import { writeZip } from "../../../test/support/catalogue/write-zip.ts";
import { collect } from "../../../test/support/collect.ts";
import { cpuMs } from "../../../test/support/cpu-ms.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { openCatalogue } from "../open-catalogue.ts";
import type { OpenOptions } from "../tables/catalogue-table.ts";

async function read(file: WorkbookParts | Uint8Array, options: OpenOptions = {}) {
  const table = await openCatalogue(bytesSource(file instanceof Uint8Array ? file : writeWorkbook(file)), options);
  const records = await collect(table.records());
  return { table, columns: table.columns, rows: records.map(({ cells }) => cells), records, report: table.report() };
}

const header = ["sku", "title", "image"];

describe("cells", () => {
  it("are read as they are shown: zeros, dates, rich text without readings, formulas, errors", async () => {
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const values = [
      '<c s="1"><v>123</v></c>',
      '<c t="s"><v>0</v></c>',
      '<c s="2"><v>45992</v></c>',
      '<c s="2"><v>45992.5</v></c>',
      "<c><v>0.1</v></c>",
      "<c><v>1.1000000000000001</v></c>",
      "<c><v>1.2E+12</v></c>",
      "<c><v>1E-7</v></c>",
      '<c t="s"/>',
      '<c t="b"><v>1</v></c>',
      '<c t="str"><f>A1&amp;B1</f><v>joined</v></c>',
      "<c><f>1+1</f></c>",
      '<c t="e"><v>#N/A</v></c>',
      '<c><f>IMAGE("https://x/a.jpg")</f><v>0</v></c>',
      '<c s="3"><v>1234567</v></c>',
      '<c t="inlineStr"><is><t>a_x000D_b</t></is></c>',
    ];
    const names = values.map((_, index) => text(`n${index}`)).join("");
    const { rows, report } = await read({
      sheets: [{ name: "Data", rows: `<row r="1">${names}</row><row r="2">${values.join("")}</row>` }],
      sharedStrings: ['<si><r><t>東</t></r><r><t>京</t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>'],
      formats: ["00000", "yyyy/m/d", '"A"000\\-0000'],
    });
    expect(rows).toEqual([
      [
        "00123",
        "東京",
        "2025-12-01",
        "2025-12-01 12:00:00",
        "0.1",
        "1.1",
        "1200000000000",
        "0.0000001",
        "",
        "TRUE",
      ].concat(["joined", "", "", "https://x/a.jpg", "A123-4567", "a\rb"]),
    ]);
    expect(report.warnings.map(({ code, lines }) => [code, lines])).toEqual([
      ["formula_without_value", [2]],
      ["error_value", [2]],
    ]);
  });

  it("may refer to an empty text, the first one too", async () => {
    const rows = `<row><c t="s"><v>1</v></c></row><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>`;
    const found = await read({ sheets: [{ name: "S", rows }], sharedStrings: ["", "sku"] });
    expect(found.rows).toEqual([[""]]);
  });

  it("count their days from 1904 where the workbook says so", async () => {
    const rows = `<row><c t="inlineStr"><is><t>day</t></is></c></row><row><c s="1"><v>44530</v></c></row>`;
    expect((await read({ sheets: [{ name: "S", rows }], formats: ["d.m.yy"], date1904: true })).rows).toEqual([
      ["2025-12-01"],
    ]);
  });

  it("keep their places with and without references, and in rows that are left out", async () => {
    const inline = (value: string, ref = "") => `<c${ref} t="inlineStr"><is><t>${value}</t></is></c>`;
    const rows =
      `<row>${header.map((name) => inline(name)).join("")}</row>` +
      `<row r="5">${inline("A", ' r="A5"')}${inline("u", ' r="C5"')}</row><row>${inline("B")}${inline("Cup")}</row>`;
    const { records } = await read({ sheets: [{ name: "S", rows }] });
    expect(records).toEqual([
      { line: 5, cells: ["A", "", "u"] },
      { line: 6, cells: ["B", "Cup", ""] },
    ]);
  });

  it("mark whole numbers of more than fifteen digits", async () => {
    const rows = `<row><c t="inlineStr"><is><t>sku</t></is></c></row><row><c><v>4006381333931234567</v></c></row>`;
    expect((await read({ sheets: [{ name: "S", rows }] })).records[0]!.imprecise).toEqual([0]);
  });
});

describe("sheets", () => {
  it("reads a workbook with prefixes, its header in the second row, codes with their zeros", async () => {
    const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const file = {
      prefix: "x",
      sheets: [
        {
          name: "Sheet1",
          rows: `<row r="1">${cell("Price list 2026")}</row><row r="2">${cell("code")}${cell("name")}</row><row r="3"><c s="1"><v>1502200</v></c>${cell("Vase")}</row>`,
        },
      ],
      formats: ["00000000"],
    };
    const { columns, rows, report } = await read(file);
    expect(columns).toEqual(["code", "name"]);
    expect(rows).toEqual([["01502200", "Vase"]]);
    expect(report.headerRows).toEqual([2]);
  });

  const notes = {
    name: "Read me",
    rows: [["How to fill in this sheet"], ["Write one product a row"], ["a"], ["b"], ["c"]],
  };
  const data = { name: "商品", rows: [header, ["1", "Vase", ""], ["2", "Cup", ""]] };
  const hidden = {
    name: "Old",
    rows: [header, ["9", "x", ""], ["8", "x", ""], ["7", "x", ""]],
    state: "hidden",
  } as const;

  it("takes the sheet with most rows under a header, leaves out hidden ones, and offers the others", async () => {
    const { rows, report } = await read({ sheets: [notes, data, hidden] });
    expect(rows).toEqual([
      ["1", "Vase", ""],
      ["2", "Cup", ""],
    ]);
    expect(report).toMatchObject({
      kind: "xlsx",
      sheet: "商品",
      sheets: [
        { name: "Read me", rows: 5, hidden: false },
        { name: "商品", rows: 3, hidden: false },
        { name: "Old", hidden: true },
      ],
      warnings: [{ code: "hidden_sheets" }],
    });
  });

  it("reads the sheet that is asked for, a hidden one too", async () => {
    expect((await read({ sheets: [data, hidden] }, { sheet: "old" })).rows).toHaveLength(3);
    await expect(read({ sheets: [data] }, { sheet: "Prices" })).rejects.toMatchObject({
      code: "sheet_not_found",
      param: "sheet",
      message: expect.stringContaining("商品"),
    });
  });

  it("fills merged cells in the header, and in the header alone", async () => {
    const rows = [
      ["sku", "Image", "", "color"],
      ["", "main", "side", ""],
      ["1", "a", "b", "red"],
      ["2", "c", "d", ""],
    ];
    const merged = ["A1:A2", "B1:C1", "D1:D2", "D3:D4"];
    const found = await read({ sheets: [{ name: "S", rows, merged }] });
    expect(found.columns).toEqual(["sku", "main", "side", "color"]);
    expect(found.rows).toEqual([
      ["1", "a", "b", "red"],
      ["2", "c", "d", ""],
    ]);
    expect(found.report.headerRows).toEqual([1, 2]);
  });
});

describe("pictures in cells", () => {
  const png = Buffer.from("89504e470d0a1a0a", "hex");
  const media = [1, 2, 3].map((number) => ({
    name: `xl/media/image${number}.png`,
    body: Buffer.from([...png, number]),
  }));
  const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  const head = `<row r="1">${header.map(cell).join("")}</row>`;

  it("are found by WPS's DISPIMG, and named where they are missing", async () => {
    const image = (id: string, name: string) =>
      `<etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="${name}"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="${id}"/></xdr:blipFill></xdr:pic></etc:cellImage>`;
    const names = 'xmlns:etc="e" xmlns:xdr="x" xmlns:a="a" xmlns:r="r"';
    const picture = (id: string) => `<c t="str"><f>_xlfn.DISPIMG("${id}",1)</f><v>=DISPIMG("${id}",1)</v></c>`;
    const { records, table } = await read({
      sheets: [
        {
          name: "S",
          rows:
            `${head}<row r="2">${cell("W-01")}${cell("red")}${picture("ID_A")}</row><row r="3">${cell("W-02")}${cell("black")}${picture("ID_B")}</row>` +
            `<row r="4">${cell("W-03")}${cell("missing")}${picture("ID_C")}</row><row r="5">${cell("W-04")}${cell("url")}${cell("https://x/4.jpg")}</row>`,
        },
      ],
      extra: [
        ...media,
        {
          name: "xl/cellimages.xml",
          body: `<etc:cellImages ${names}>${image("r1", "ID_A")}${image("r2", "ID_B")}</etc:cellImages>`,
        },
        {
          name: "xl/_rels/cellimages.xml.rels",
          body: relations(["r1", "image", "media/image1.png"], ["r2", "image", "media/image2.png"]),
        },
      ],
    });
    expect(records.map(({ pictures }) => pictures)).toEqual([
      [{ column: 2, name: "ID_A", entry: "xl/media/image1.png" }],
      [{ column: 2, name: "ID_B", entry: "xl/media/image2.png" }],
      [{ column: 2, name: "ID_C" }],
      undefined,
    ]);
    expect(records[3]!.cells[2]).toBe("https://x/4.jpg");
    expect([...(await table.readPicture!("xl/media/image2.png"))]).toEqual([...png, 2]);
  });

  it("are found by the corner of floating ones, in rows without cells too", async () => {
    const anchor = (row: number, id: string) =>
      `<xdr:twoCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${row}</xdr:row></xdr:from><xdr:to><xdr:col>5</xdr:col><xdr:row>9</xdr:row></xdr:to><xdr:pic><xdr:blipFill><a:blip r:embed="${id}"/></xdr:blipFill></xdr:pic></xdr:twoCellAnchor>`;
    const { records } = await read({
      sheets: [
        {
          name: "S",
          rows: `${head}<row r="2">${cell("A")}${cell("Vase")}</row>`,
          tail: '<drawing r:id="d"/>',
          relations: relations(["d", "drawing", "../drawings/drawing1.xml"]),
        },
      ],
      extra: [
        ...media,
        {
          name: "xl/drawings/drawing1.xml",
          body: `<xdr:wsDr xmlns:xdr="x" xmlns:a="a" xmlns:r="r">${anchor(1, "p1")}${anchor(3, "p2")}</xdr:wsDr>`,
        },
        {
          name: "xl/drawings/_rels/drawing1.xml.rels",
          body: relations(["p1", "image", "../media/image1.png"], ["p2", "image", "../media/image3.png"]),
        },
      ],
    });
    expect(records).toEqual([
      {
        line: 2,
        cells: ["A", "Vase", ""],
        pictures: [{ column: 2, name: "image1.png", entry: "xl/media/image1.png" }],
      },
      { line: 4, cells: ["", "", ""], pictures: [{ column: 2, name: "image3.png", entry: "xl/media/image3.png" }] },
    ]);
  });

  it("are found by Excel's place in cell", async () => {
    const { records } = await read({
      sheets: [
        {
          name: "S",
          rows: `${head}<row r="2">${cell("A")}${cell("Vase")}<c r="C2" t="e" vm="1"><v>#VALUE!</v></c></row>`,
        },
      ],
      relations: '<Relationship Id="rM" Type="http://x/sheetMetadata" Target="metadata.xml"/>',
      extra: [
        ...media,
        {
          name: "xl/metadata.xml",
          body: '<metadata><metadataTypes><metadataType name="XLRICHVALUE"/></metadataTypes><futureMetadata name="XLRICHVALUE"><bk><extLst><ext><xlrd:rvb xmlns:xlrd="x" i="0"/></ext></extLst></bk></futureMetadata><valueMetadata><bk><rc t="1" v="0"/></bk></valueMetadata></metadata>',
        },
        { name: "xl/richData/rdrichvalue.xml", body: '<rvData><rv s="0"><v>0</v><v>5</v></rv></rvData>' },
        {
          name: "xl/richData/rdrichvaluestructure.xml",
          body: '<rvStructures><s t="_localImage"><k n="_rvRel:LocalImageIdentifier" t="i"/><k n="CalcOrigin" t="i"/></s></rvStructures>',
        },
        { name: "xl/richData/richValueRel.xml", body: '<richValueRels xmlns:r="r"><rel r:id="rId1"/></richValueRels>' },
        { name: "xl/richData/_rels/richValueRel.xml.rels", body: relations(["rId1", "image", "../media/image3.png"]) },
      ],
    });
    expect(records[0]!.pictures).toEqual([{ column: 2, name: "image3.png", entry: "xl/media/image3.png" }]);
  });
});

describe("hostile workbooks", () => {
  const oneCell = (ref: string) =>
    `<row r="${/\d+/.exec(ref)![0]}"><c r="${ref}" t="inlineStr"><is><t>x</t></is></c></row>`;
  const sheet = (rows: string) => ({ sheets: [{ name: "S", rows }] });
  const zeros = Buffer.alloc(11_000_000);

  it.each<[string, () => Uint8Array, string]>([
    ["a cell at XFD1048576", () => writeWorkbook(sheet(oneCell("XFD1048576"))), "too_many_columns"],
    [
      "a bomb",
      () => writeWorkbook({ ...sheet(oneCell("A1")), extra: [{ name: "xl/media/a.png", body: zeros }] }),
      "file_inflates_too_much",
    ],
    [
      "an entry that says a gigabyte and more",
      () => writeWorkbook({ ...sheet(oneCell("A1")), extra: [{ name: "a", body: "x", declaredBytes: 1_100_000_000 }] }),
      "file_inflates_too_much",
    ],
    [
      "an entry that lies about its length",
      () => writeZip([{ name: "xl/workbook.xml", body: "<workbook/>".repeat(100), declaredBytes: 20 }]),
      "file_damaged",
    ],
    [
      "a document type",
      () => writeZip([{ name: "xl/workbook.xml", body: '<!DOCTYPE w [<!ENTITY a "b">]><w/>' }]),
      "file_unsafe_xml",
    ],
    [
      "a password on its entries",
      () => writeZip([{ name: "xl/workbook.xml", body: "<w/>", encrypted: true }]),
      "file_encrypted",
    ],
    ["no sheet", () => writeZip([{ name: "xl/workbook.xml", body: "<workbook/>" }]), "file_damaged"],
    [
      "a cell of a megabyte",
      () => writeWorkbook(sheet(`<row><c t="inlineStr"><is><t>${"x".repeat(1_000_001)}</t></is></c></row>`)),
      "cell_too_large",
    ],
    ["a text without end", () => writeWorkbook(sheet(`<row><c><v>${"1".repeat(5_000_000)}`)), "cell_too_large"],
    [
      "thousands of entries",
      () => writeZip(Array.from({ length: 2_001 }, (_, index) => ({ name: `${index}`, body: "" }))),
      "file_inflates_too_much",
    ],
    ["a binary workbook", () => writeZip([{ name: "xl/workbook.bin", body: "x" }]), "xls_unsupported"],
    ["an archive of images", () => writeZip([{ name: "a.jpg", body: "x" }]), "not_a_catalogue"],
    ["half a file", () => writeWorkbook(sheet(oneCell("A1"))).subarray(0, 400), "file_damaged"],
  ])("refuses %s within a second of CPU", async (_, make, code) => {
    const file = make();
    const taken = await cpuMs(() => expect(read(file)).rejects.toMatchObject({ code }));
    expect(taken).toBeLessThan(1_000);
  });

  it("lets an error of the store through as it is", async () => {
    const file = writeWorkbook(sheet(oneCell("A1")));
    const failure = new Error("the store does not answer");
    const source = {
      bytes: file.length,
      read: async (start: number, end: number) => {
        if (start > 0) throw failure;
        return file.subarray(start, end);
      },
    };
    await expect(openCatalogue(source)).rejects.toBe(failure);
  });
});
