import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyOptions } from "../../../shared/access/api-key.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** Asks with a new key of these options. */
async function as(options: KeyOptions) {
  const { key, value } = await api.apiKeys.createKey(api.account.id, options);
  const ask = async (method: string, path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
    const response = await api.app.request(path, { method, headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { id: key.id, ask };
}
const limited = { scopes: ["keys:admin", "jobs:read"], limits: { requestsPerMinute: 60, monthlyCap: 1_000 } } as const;

describe("a key with limits", () => {
  it("cannot lift its own, nor those of another key beyond them", async () => {
    const { id, ask } = await as(limited);
    const { key: other } = await api.apiKeys.createKey(api.account.id, {});
    for (const target of [id, other.id]) {
      for (const limits of [{ monthly_cap: 1_001 }, { monthly_cap: null }, { requests_per_minute: 61 }]) {
        expect(await ask("PATCH", `/v1/keys/${target}`, { limits })).toMatchObject({
          status: 403,
          body: { code: "limit_exceeded", param: `limits.${Object.keys(limits)[0]}` },
        });
      }
    }
    expect((await ask("PATCH", `/v1/keys/${id}`, { limits: { monthly_cap: 500 } })).status).toBe(200);
    expect((await ask("PATCH", `/v1/keys/${id}`, { limits: { max_open_jobs: 5 } })).status).toBe(200);
  });

  it("makes keys with at most its own", async () => {
    const { ask } = await as(limited);
    const made = await ask("POST", "/v1/keys", { limits: { monthly_cap: 10 } });
    expect(made).toMatchObject({
      status: 201,
      body: { scopes: ["jobs:read"], limits: { monthly_cap: 10, requests_per_minute: 60, max_open_jobs: null } },
    });
    expect(await ask("POST", "/v1/keys", { limits: { monthly_cap: 2_000 } })).toMatchObject({ status: 403 });
  });

  it("takes over no stronger key by rotating it, and rotates itself", async () => {
    const { id, ask } = await as(limited);
    const { key: other } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
    expect(await ask("POST", `/v1/keys/${other.id}/rotate`, {})).toMatchObject({ status: 403 });
    expect((await ask("POST", `/v1/keys/${id}/rotate`, {})).status).toBe(200);
  });

  it("makes keys that expire with it at the latest", async () => {
    const expiresAt = Date.now() + 3_600_000;
    const { ask } = await as({ scopes: ["keys:admin"], expiresAt });
    const own = new Date(expiresAt).toISOString();
    expect((await ask("POST", "/v1/keys", {})).body.expires_at).toBe(own);
    expect(await ask("POST", "/v1/keys", { expires_at: new Date(expiresAt + 1_000).toISOString() })).toMatchObject({
      status: 403,
      body: { param: "expires_at", detail: expect.stringContaining(own) },
    });
  });
});

describe("a key without limits", () => {
  it("makes limited keys without keys:admin unless it is named", async () => {
    const { ask } = await as({ scopes: ["*"] });
    const limits = { monthly_cap: 10 };
    const { body } = await ask("POST", "/v1/keys", { limits });
    expect(body.scopes).not.toContain("keys:admin");
    expect(body.scopes).not.toContain("*");
    expect(body.scopes).toContain("jobs:write");
    const named = await ask("POST", "/v1/keys", { limits, scopes: ["keys:admin"] });
    expect(named).toMatchObject({ status: 201, body: { scopes: ["keys:admin"] } });
    expect((await ask("POST", "/v1/keys", {})).body.scopes).toEqual(["*"]);
  });
});
