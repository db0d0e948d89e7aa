import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { openPaidApi, type PaidApi, smallRequest as small, smallCost } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

describe("GET /v1/usage", () => {
  async function work() {
    for (const [steps, sku] of [
      [2, "=1+1"],
      [4, "b,c"],
      [2, "=1+1"],
    ] as const) {
      await api.ask("POST", "/v1/jobs", { ...small, steps, metadata: { sku } });
      await api.worker.workOnce();
    }
    const queued = await api.ask("POST", "/v1/jobs", small);
    await api.ask("POST", `/v1/jobs/${queued.body.id}/cancel`);
  }

  it("sums what was charged, by day, key, model and label", async () => {
    await work();
    const total = smallCost + 263 + smallCost;
    for (const by of ["day", "key", "model", "metadata.sku"]) {
      const { body } = await api.ask("GET", `/v1/usage?group_by=${by}`);
      expect(body.charged, by).toBe(total);
    }
    const { data } = (await api.ask("GET", "/v1/usage?group_by=metadata.sku")).body;
    expect(data).toEqual([
      {
        ...{ group: "", groups: [""], jobs: 1, succeeded: 0, images: 0, steps: 0, megapixels: 0 },
        ...{ charged: 0, charged_decimal: "0.00" },
      },
      {
        group: "=1+1",
        groups: ["=1+1"],
        jobs: 2,
        succeeded: 2,
        images: 2,
        steps: 4,
        megapixels: 0.131072,
        charged: 2 * smallCost,
        charged_decimal: decimalAmount(2 * smallCost),
      },
      {
        group: "b,c",
        groups: ["b,c"],
        jobs: 1,
        succeeded: 1,
        images: 1,
        steps: 4,
        megapixels: 0.065536,
        charged: 263,
        charged_decimal: "0.000263",
      },
    ]);
    expect((await api.ask("GET", "/v1/usage?group_by=key")).body.data[0].group).toBe(api.payer.keyId);
    expect((await api.ask("GET", "/v1/usage?to=2026-01-02T00:00:00Z")).body.data).toEqual([]);
    expect((await api.ask("GET", "/v1/balance")).body.available).toBe(1_000 - total);
  });

  it("groups by day and key, in the table by a column each", async () => {
    await work();
    const { data, charged } = (await api.ask("GET", "/v1/usage?group_by=day,key")).body;
    const day = data[0].groups[0];
    expect(data).toMatchObject([
      { group: `${day},${api.payer.keyId}`, groups: [day, api.payer.keyId], jobs: 4, charged },
    ]);
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
    const { text } = await api.ask("GET", "/v1/usage.csv?group_by=day,key,model");
    const [header, row] = text.split("\r\n");
    expect(header).toMatch(/^\uFEFF?day,key,model,jobs,/);
    expect(row).toMatch(`${day},${api.payer.keyId},z-image-turbo,4,`);
  });

  it("takes times whose zone was not escaped", async () => {
    await work();
    const usage = await api.ask("GET", "/v1/usage?from=2099-01-01T00:00:00+02:00&to=2099-01-02T00:00:00+02:00");
    expect(usage.body).toMatchObject({ from: "2098-12-31T22:00:00.000Z", data: [] });
  });

  it("is a table too, that no spreadsheet takes for formulas", async () => {
    await work();
    const { text, headers } = await api.ask("GET", "/v1/usage.csv?group_by=metadata.sku");
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(text.split("\r\n")).toEqual([
      "metadata.sku,jobs,succeeded,images,steps,megapixels,charged_micro_units,charged_decimal,currency",
      ",1,0,0,0,0,0,0.00,USD",
      `'=1+1,2,2,2,4,0.131072,${2 * smallCost},${decimalAmount(2 * smallCost)},USD`,
      '"b,c",1,1,1,4,0.065536,263,0.000263,USD',
      "",
    ]);
  });

  it.each([
    "group_by=hour",
    "group_by=day,day",
    "group_by=day,",
    "group_by=day,metadata.sku",
    "from=yesterday",
    "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    "by=day",
  ])("refuses %s", async (query) => expect((await api.ask("GET", `/v1/usage?${query}`)).status).toBe(400));
});
