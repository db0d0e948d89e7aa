import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { scanSheet } from "./scan-sheet.ts";

const entry = "xl/worksheets/sheet1.xml";

async function scan(body: string, lastLine = 1_000) {
  return scanSheet(await openZip({ [entry]: body }), entry, lastLine);
}

describe("scanSheet", () => {
  it("counts every row once, with a prefix and across the pieces that a sheet is unpacked in", async () => {
    for (const row of ["<row><c/></row>", '<x:row r="1"><x:c/></x:row>']) {
      expect((await scan(`<sheetData>${row.repeat(20_000)}</sheetData>`)).rows).toBe(20_000);
    }
  });

  it("does not count rows without cells, nor other elements and texts that end alike", async () => {
    const rows = "<row/><row><c><v>1</v></c></row><rows></rows><arrow></arrow><c><t>row&gt;, row></t></c>";
    expect((await scan(`<sheetData>${rows}</sheetData>`)).rows).toBe(1);
  });

  it("gives merged cells that begin in the first lines, wherever in the file they stand", async () => {
    const far = '<mergeCell ref="A11:B12"/>'.repeat(10_000);
    const { merged } = await scan(`<mergeCells>${far}<x:mergeCell ref="B10:AA12"/>${far}</mergeCells>`, 10);
    expect(merged).toEqual([{ firstLine: 10, lastLine: 12, firstColumn: 1, lastColumn: 26 }]);
  });

  it("passes over references that are none, and keeps a thousand", async () => {
    const bad = '<mergeCell ref="A1"/><mergeCell ref="ABCD1:B2"/><mergeCell ref="1:2"/>';
    expect((await scan(`<mergeCells>${bad}</mergeCells>`)).merged).toEqual([]);
    expect((await scan('<mergeCell ref="A1:B1"/>'.repeat(1_001))).merged).toHaveLength(1_000);
  });
});
