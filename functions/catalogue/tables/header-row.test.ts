import { describe, expect, it } from "vitest";
import { findLayout } from "./header-row.ts";

const records = (...rows: readonly (readonly string[])[]) => rows.map((cells, index) => ({ line: index + 1, cells }));

describe("findLayout", () => {
  it("passes over titles, comments and empty rows above the header", () => {
    const rows = records(
      ["Price list 2026"],
      ["# sku", "title", "price", "image"],
      ["", ""],
      ["sku", "title"],
      ["1", "Vase"],
    );
    expect(findLayout(rows)).toEqual({
      headerRows: [4],
      columns: ["sku", "title"],
      headerTexts: ["sku", "title"],
      headerCells: 2,
      lastLine: 4,
    });
  });

  it("gives columns of one name or of none a name of their own, which no other has", () => {
    const header = ["sku", "image", "Image\n url", "image", "image (2)", "", "\u200B", "title", ""];
    expect(findLayout(records(header, ["1", "a", "b", "c", "d", "e", "f", "Vase", ""])).columns).toEqual([
      "sku",
      "image",
      "Image url",
      "image (3)",
      "image (2)",
      "Column 6",
      "Column 7",
      "title",
    ]);
  });

  it("names columns by the group above where the header itself has no name", () => {
    const rows = records(["sku", "images", "images"], ["", "main", "side"], ["1", "a.jpg", "b.jpg"]);
    expect(findLayout(rows)).toMatchObject({ headerRows: [1, 2], columns: ["sku", "main", "side"], lastLine: 2 });
  });

  it("counts rows that say what is required to the header, and the data not", () => {
    const rows = records(["商品编码", "标题"], ["必填", "选填"], ["1", "必填"]);
    expect(findLayout(rows).lastLine).toBe(2);
  });

  it.each([
    [["商品编码", "商品名称", "主图", "库存量"]],
    [["Required", "Mandatory", "Optional", ""]],
    [["Pflichtfeld", "Pflicht", "(optional)", "必須"]],
    [["------", "-----", "-----", "==="]],
  ])("passes over %j below the header", (below) => {
    const rows = records(["sku", "title", "image", "stock"], below, ["A-1", "Vase", "a.jpg", "5"]);
    expect(findLayout(rows)).toMatchObject({ headerRows: [1], columns: ["sku", "title", "image", "stock"] });
    const last = findLayout(rows).lastLine;
    expect(below[0]!.startsWith("--") ? 1 : 2).toBe(last);
  });

  it("takes a product that is named like one column for a product", () => {
    expect(findLayout(records(["sku", "title", "color"], ["A-1", "Title", "grey"])).lastLine).toBe(1);
  });

  it("takes no product for a header: a table without one has numbered columns", () => {
    const rows = [
      ["A-001", "Blue vase", "https://x/a.jpg", "19.90"],
      ["A-002", "Red cup", "https://x/b.jpg", "9.90", ""],
    ];
    const columns = ["Column 1", "Column 2", "Column 3", "Column 4", "Column 5"];
    expect(findLayout(records(...rows))).toMatchObject({ headerRows: [], columns, lastLine: 0 });
    // The names of people's own columns may be years; one that shops use makes a header of the row.
    expect(findLayout(records(["Code", "2025", "2026"], ["A", "5", "6"])).headerRows).toEqual([1]);
    expect(findLayout(records(["Model", "Look"], ["A-1", "https://x/a.jpg"])).headerRows).toEqual([1]);
    expect(findLayout(records(...rows), 1).columns).toEqual(rows[0]);
  });

  it("takes the line that is asked for, and refuses one that is empty or not there", () => {
    const rows = records(["sku", "title"], ["", ""], ["a", "b"]);
    expect(findLayout(rows, 3).columns).toEqual(["a", "b"]);
    for (const line of [2, 4]) {
      expect(() => findLayout(rows, line)).toThrow(
        expect.objectContaining({ code: "header_row_not_found", param: "header_row" }),
      );
    }
    expect(() => findLayout(records(["", " "]))).toThrow(expect.objectContaining({ code: "no_rows" }));
  });
});
