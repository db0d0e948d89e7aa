import { describe, expect, it } from "vitest";
import { isTotalsRow } from "./totals-row.ts";

describe("isTotalsRow", () => {
  it.each([
    "合计",
    "合计：12",
    "总计（元）",
    "TOTAL",
    "Totals: 5",
    "Total $12.50",
    "Gesamt",
    "Note: prices are net",
    "备注：含税",
    "合計金額",
    "TOTAL GÉNÉRAL",
    "Gesamtsumme: 12",
    "制表人：张三",
    "End of report",
    "(2 rows affected)",
    "共2条记录",
    "1,250 records exported.",
  ])("takes %j for the end of a table, in whichever cell it comes first", (text) => {
    expect(isTotalsRow(["", " ", ` ${text} `, "12"])).toBe(true);
  });

  it.each([
    "Total War poster",
    "Totalizer",
    "Notebook",
    "Note 7",
    "注射器",
    "合计算器",
    "12",
    "12 items of joy",
    "Summer dress",
    "共享单车",
  ])("takes %j for a product", (text) => {
    expect(isTotalsRow([text, "Total"])).toBe(false);
  });

  it("finds nothing in an empty row", () => {
    expect([isTotalsRow([]), isTotalsRow(["", " "])]).toEqual([false, false]);
  });
});
