import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../../test/support/api/catalogue-runs.ts";
import { collect } from "../../../../test/support/collect.ts";
import { bytesSource } from "../../../catalogue/bytes/byte-source.ts";
import { openCatalogue } from "../../../catalogue/open-catalogue.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

describe("manifests", () => {
  it("come as a workbook whose cells are texts", async () => {
    const source = { rows: [{ sku: "00123", title: "=cmd()" }] };
    const { id } = await runs.finished({ ...teapotOrder, source });
    const response = await api.request("GET", `/v1/runs/${id}/manifest.xlsx`);
    const table = await openCatalogue(bytesSource(new Uint8Array(await response.arrayBuffer())));
    const [record] = await collect(table.records());
    const cell = (name: string) => record!.cells[table.columns.indexOf(name)];
    expect([cell("sku"), cell("file"), cell("prompt")]).toEqual(["00123", "00123_main_1.png", "a =cmd()"]);
  });

  it("come as the caller's own table with columns added", async () => {
    const { id } = await runs.finished(teapotOrder);
    const response = await api.request("GET", `/v1/runs/${id}/input.csv?for=excel`);
    const table = await openCatalogue(bytesSource(new Uint8Array(await response.arrayBuffer())));
    const records = await collect(table.records());
    expect(records.map(({ cells }) => [cells[0], cells[1], cells[2], cells[6]])).toEqual([
      ["N-001", "red teapot", "N-001_main_1.png", "main: drawn"],
      ["N-002", "'=cmd()", "N-002_main_1.png", "main: drawn"],
      ["N-003", "", "", "main: failed"],
    ]);
  });
});
