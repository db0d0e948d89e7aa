import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { relations, writeWorkbook } from "../../../test/support/catalogue/write-workbook.ts";
import { readWorkbook } from "./workbook.ts";

const sheets = [
  { name: "Data & more", rows: [["sku"]] },
  { name: "Old", rows: [["sku"]], state: "veryHidden" as const },
];

describe("readWorkbook", () => {
  it("gives sheets in their order with where they are, and says which are hidden", async () => {
    expect(await readWorkbook(await openZip(writeWorkbook({ sheets, date1904: true, prefix: "x" })))).toMatchObject({
      sheets: [
        { name: "Data & more", entry: "xl/worksheets/sheet1.xml", hidden: false },
        { name: "Old", entry: "xl/worksheets/sheet2.xml", hidden: true },
      ],
      is1904: true,
      sharedStrings: "xl/sharedStrings.xml",
      metadata: undefined,
    });
  });

  it("leaves out charts and sheets whose part is missing, and refuses a workbook of nothing else", async () => {
    const list = '<sheet name="C" r:id="c"/><sheet name="M" r:id="m"/><sheet name="N" r:id="none"/>';
    const parts = {
      "xl/_rels/workbook.xml.rels": relations(
        ["c", "chartsheet", "chart.xml"],
        ["m", "worksheet", "missing.xml"],
        ["s", "worksheet", "sheet.xml"],
      ),
      "xl/chart.xml": "<chartsheet/>",
      "xl/sheet.xml": "<worksheet/>",
    };
    const body = (more: string) => `<workbook><sheets>${list}${more}</sheets></workbook>`;
    const zip = await openZip({ ...parts, "xl/workbook.xml": body('<sheet r:id="s"/>') });
    expect((await readWorkbook(zip)).sheets).toEqual([{ name: "Sheet1", entry: "xl/sheet.xml", hidden: false }]);
    await expect(readWorkbook(await openZip({ ...parts, "xl/workbook.xml": body("") }))).rejects.toMatchObject({
      code: "file_damaged",
    });
  });

  it("numbers the formats of cells alone, its own and those that need no definition", async () => {
    const zip = await openZip({
      "xl/workbook.xml": '<workbook><sheets><sheet name="S" r:id="s"/></sheets></workbook>',
      "xl/_rels/workbook.xml.rels": relations(["s", "worksheet", "sheet.xml"], ["f", "styles", "styles.xml"]),
      "xl/sheet.xml": "<worksheet/>",
      "xl/styles.xml":
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00"/></numFmts>' +
        '<cellStyleXfs><xf numFmtId="46"/></cellStyleXfs>' +
        '<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="999"/></cellXfs>' +
        '<cellStyles><xf numFmtId="46"/></cellStyles></styleSheet>',
    });
    expect((await readWorkbook(zip)).formats).toEqual([
      { kind: "plain" },
      { kind: "date" },
      { kind: "digits", pattern: [0, 0] },
      { kind: "plain" },
    ]);
  });
});
