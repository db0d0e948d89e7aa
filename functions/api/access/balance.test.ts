import { afterEach, beforeEach, expect, it } from "vitest";
import { openPaidApi, type PaidApi, smallCost, smallRequest } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

it("shows what is available, what is held, what is spent or held this month, and the account's terms", async () => {
  const { id, key } = await api.newPayer(2 * smallCost, {}, { monthlyCap: 10 * smallCost });
  await api.ask("POST", "/v1/jobs", smallRequest, key);
  await api.worker.workOnce();
  await api.ask("POST", "/v1/jobs", smallRequest, key);
  const { headers, body } = await api.ask("GET", "/v1/balance", undefined, key);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(body).toEqual({
    object: "balance",
    currency: "USD",
    available: 0,
    available_decimal: "0.00",
    held: smallCost,
    held_decimal: "0.000132",
    open_jobs: 1,
    unlimited: false,
    spent_this_month: 2 * smallCost,
    spent_this_month_decimal: "0.000264",
    monthly_cap: 10 * smallCost,
    monthly_cap_decimal: "0.00132",
  });
  expect((await api.ask("GET", "/v1/balance")).body, `not that of ${id}`).toMatchObject({ available: 1_000, held: 0 });
});

it("needs the scope usage:read", async () => {
  const { value } = await api.apiKeys.createKey(api.payer.id, { scopes: ["jobs:read"] });
  const refused = await api.ask("GET", "/v1/balance", undefined, value);
  expect(refused).toMatchObject({ status: 403, body: { code: "insufficient_scope" } });
});
