import { describe, expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { catalogueLimits } from "../limits.ts";
import { openTable, type RawTable } from "./open-table.ts";

function raw(rows: readonly (readonly string[])[], more: Partial<RawTable> = {}): RawTable {
  return {
    kind: "csv",
    isSparse: false,
    async *rows() {
      for (const [index, cells] of rows.entries()) yield { line: index + 1, cells };
    },
    ...more,
  };
}

const header = ["sku", "title"];
const open = (table: RawTable, limits = catalogueLimits) => openTable(table, {}, limits);

describe("openTable", () => {
  it("drops totals and notes at the end, and keeps a row of that name that more data follows", async () => {
    const table = await open(raw([header, ["Total", "a shirt"], ["", ""], ["2", "Cup"], ["合计", "2"], ["Note: net"]]));
    expect((await collect(table.records())).map(({ cells }) => cells[0])).toEqual(["Total", "2"]);
    expect(table.report()).toMatchObject({
      records: 2,
      dropped: { blank: 1, aboveHeader: 0, totals: 2 },
      warnings: [{ code: "totals_dropped", lines: [5, 6] }],
    });
  });

  it("keeps rows named like totals where there are more than ten of them", async () => {
    const totals = Array.from({ length: 11 }, (_, index) => ["Total", `${index}`]);
    expect(await collect((await open(raw([header, ...totals]))).records())).toHaveLength(11);
  });

  it("takes what a spreadsheet could not compute for nothing", async () => {
    const table = await open(raw([header, ["1", "#N/A"], ["#REF!"], ["3", "#1 of its kind"]]));
    expect((await collect(table.records())).map(({ cells }) => cells)).toEqual([
      ["1", ""],
      ["", ""],
      ["3", "#1 of its kind"],
    ]);
    expect(table.report().warnings).toMatchObject([{ code: "error_value", lines: [2, 3] }, { code: "ragged_rows" }]);
  });

  it("begins its counts anew with every reading", async () => {
    const table = await open(raw([["List"], header, ["1", "a"], ["2"]]));
    for (const _ of [1, 2]) {
      expect((await collect(table.records())).map(({ cells }) => cells)).toEqual([
        ["1", "a"],
        ["2", ""],
      ]);
      expect(table.report()).toMatchObject({ records: 2, dropped: { aboveHeader: 1 }, warnings: [{ count: 1 }] });
    }
  });

  it("does not warn of missing cells in sheets, only of filled ones beyond the header", async () => {
    const table = await open(raw([header, ["1"], ["2", "a", ""], ["3", "a", "x"]], { isSparse: true }));
    await collect(table.records());
    expect(table.report().warnings).toMatchObject([{ code: "ragged_rows", lines: [4] }]);
  });

  it("refuses a record more than allowed by its line, and a table with nothing but totals", async () => {
    const table = await open(raw([header, ["1", "a"], ["", ""], ["2", "b"]]), { ...catalogueLimits, records: 1 });
    await expect(collect(table.records())).rejects.toMatchObject({ code: "too_many_products", problem: { line: 4 } });
    const empty = await open(raw([["Total", "5"]], { columns: header }));
    await expect(collect(empty.records())).rejects.toMatchObject({ code: "no_rows", problem: { value: "sku, title" } });
  });
});
