import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { collect } from "../../../test/support/collect.ts";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { readSheetPictures } from "./cell-pictures.ts";
import { columnOf, readSheet } from "./read-sheet.ts";
import { SharedStrings } from "./shared-strings.ts";

const entry = "xl/worksheets/sheet1.xml";

async function read(rows: string, limits = catalogueLimits) {
  const zip = await openZip({ [entry]: `<worksheet><sheetData>${rows}</sheetData></worksheet>` });
  const pictures = await readSheetPictures(zip, entry, undefined);
  const context = { strings: new SharedStrings(), formats: [], is1904: false, pictures, links: new Map(), limits };
  return collect(readSheet(zip, entry, context, new Warnings()));
}

describe("readSheet", () => {
  it("leaves out rows and cells that only have a style, however wide they are", async () => {
    const rows =
      '<row r="1"><c r="XFD1" s="4"/></row>' +
      '<row r="3"><c r="B3"><v>1</v></c><c r="C3" t="inlineStr"><is><t/></is></c><c r="XFC3" s="4"/></row>';
    expect(await read(rows)).toEqual([{ line: 3, cells: ["", "1"] }]);
  });

  it("joins the parts of a text without their readings", async () => {
    const text = "<is><r><t>東</t></r><rPh><t>トウ</t></rPh><r><t>京</t></r></is>";
    expect(await read(`<row><c t="inlineStr">${text}</c><c><v>2</v></c></row>`)).toEqual([
      { line: 1, cells: ["東京", "2"] },
    ]);
  });

  it("takes as many columns and characters as allowed, and no more", async () => {
    const limits = { ...catalogueLimits, columns: 2, cellCharacters: 3 };
    expect(await read('<row><c r="B1"><v>123</v></c></row>', limits)).toEqual([{ line: 1, cells: ["", "123"] }]);
    await expect(read('<row r="4"><c r="C4"><v>1</v></c></row>', limits)).rejects.toMatchObject({
      code: "too_many_columns",
      problem: { line: 4 },
    });
    await expect(read('<row r="4"><c r="A4"><v>1234</v></c></row>', limits)).rejects.toMatchObject({
      code: "cell_too_large",
      problem: { line: 4 },
    });
  });

  it.each([
    ["row 0", '<row r="0"/>', "file_damaged"],
    ["a row below the last one", '<row r="1048577"/>', "file_damaged"],
    ["a row without number", '<row r="x"/>', "file_damaged"],
    ["a cell without column", '<row><c r="12"><v>1</v></c></row>', "file_damaged"],
    ["more empty cells than a row has columns", `<row>${"<c/>".repeat(16_385)}</row>`, "too_many_columns"],
  ])("refuses %s", async (_, rows, code) => {
    await expect(read(rows)).rejects.toMatchObject({ code });
  });
});

describe("columnOf", () => {
  it("counts letters of either case from 0", () => {
    expect(["A1", "Z9", "aa10", "BC12", "XFD1048576"].map(columnOf)).toEqual([0, 25, 26, 54, 16_383]);
  });
});
