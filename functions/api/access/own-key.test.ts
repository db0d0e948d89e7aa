import { afterEach, beforeEach, expect, it } from "vitest";
import { openPaidApi, type PaidApi } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

it("tells every key what it is, and its account's balance only to one that may read that", async () => {
  const expiresAt = api.clock.now() + 3_600_000;
  const { key, value } = await api.apiKeys.createKey(api.payer.id, {
    name: "shop",
    scopes: ["jobs:write"],
    limits: { monthlyCap: 5 },
    expiresAt,
  });
  const own = await api.ask("GET", "/v1/key", undefined, value);
  expect({ status: own.status, body: own.body }).toEqual({
    status: 200,
    body: {
      id: key.id,
      object: "key",
      name: "shop",
      hint: value.slice(0, 12),
      scopes: ["jobs:write"],
      limits: { requests_per_minute: null, max_open_jobs: null, monthly_cap: 5 },
      created_at: new Date(key.createdAt).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
      account: {
        id: api.payer.id,
        name: expect.any(String),
        unlimited: false,
        limits: { requests_per_minute: null, max_open_jobs: null, monthly_cap: null },
      },
      balance: null,
    },
  });
  const { body } = await api.ask("GET", "/v1/key");
  expect(body).toMatchObject({ scopes: ["*"], expires_at: null });
  expect(body.balance).toEqual((await api.ask("GET", "/v1/balance")).body);
  expect(JSON.stringify([own.body, body])).not.toContain(value);
});

it("is for keys alone", async () => {
  expect((await api.app.request("/v1/key")).status).toBe(401);
});
