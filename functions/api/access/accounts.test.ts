import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPaidApi, type PaidApi, smallRequest as small } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

describe("/v1/accounts", () => {
  it("is for the operator alone", async () => {
    for (const [method, path] of [
      ["GET", "/v1/accounts"],
      ["POST", "/v1/accounts"],
      ["POST", `/v1/accounts/${api.payer.id}/credits`],
    ] as const) {
      expect((await api.ask(method, path, method === "POST" ? {} : undefined)).status, path).toBe(403);
    }
  });

  it("makes an account, credits it once per reference, and gives it terms and keys", async () => {
    const { value: operator } = await api.apiKeys.createKey(api.payer.id, { scopes: ["accounts:admin"] });
    const made = await api.ask("POST", "/v1/accounts", { name: "shop", terms: { monthly_cap: 500 } }, operator);
    expect(made).toMatchObject({ status: 201, body: { name: "shop", terms: { monthly_cap: 500, unlimited: null } } });
    const path = `/v1/accounts/${made.body.id}`;
    for (const _ of [1, 2]) await api.ask("POST", `${path}/credits`, { amount: 300, reference: "inv-1" }, operator);
    const other = await api.ask("POST", `${path}/credits`, { amount: 301, reference: "inv-1" }, operator);
    expect(other).toMatchObject({ status: 409, body: { code: "reference_used" } });
    await api.ask("PATCH", path, { terms: { monthly_cap: null, weight: 2 } }, operator);
    expect((await api.ask("GET", path, undefined, operator)).body).toMatchObject({
      terms: { monthly_cap: null, weight: 2 },
      balance: { available: 300, held: 0, open_jobs: 0 },
    });
    const key = await api.ask("POST", `${path}/keys`, { name: "first" }, operator);
    expect((await api.ask("POST", "/v1/jobs", small, key.body.value)).status).toBe(202);
    expect((await api.ask("GET", "/v1/accounts", undefined, operator)).body.data).toHaveLength(3);
  });
});
