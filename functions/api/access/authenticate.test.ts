import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { createApp } from "../app.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

function list(authorization?: string) {
  return api.app.request("/v1/jobs", { headers: authorization === undefined ? {} : { authorization } });
}

it.each([["Bearer"], ["bearer"], ["Key"]])("takes the key after %s", async (scheme) => {
  expect((await list(`${scheme} ${api.key}`)).status).toBe(200);
});

it("takes the key as the password of Basic, whatever the name", async () => {
  for (const pair of [`user:${api.key}`, `:${api.key}`]) {
    expect((await list(`Basic ${Buffer.from(pair).toString("base64")}`)).status).toBe(200);
  }
});

it("takes a request without a key where a setting says whose it is, from programs alone", async () => {
  const app = createApp({ ...api.dependencies, a1111Key: api.key });
  const get = async (url: string, headers = {}) => (await app.request(url, { headers })).status;
  expect(await get("http://127.0.0.1:8787/sdapi/v1/options")).toBe(200);
  expect(await get("http://[::1]:8787/queue/status")).toBe(200);
  expect(await get("http://127.0.0.1:8787/sdapi/v1/options", { authorization: "Bearer wrong" })).toBe(401);
  // A page in the user's browser: by its origin, and by a name that leads here.
  expect(await get("http://127.0.0.1:8787/sdapi/v1/options", { origin: "https://example.com" })).toBe(401);
  expect(await get("http://127.0.0.1:8787/sdapi/v1/options", { "sec-fetch-site": "same-origin" })).toBe(401);
  expect(await get("http://rebound.example.com/sdapi/v1/options")).toBe(401);
  expect(await get("http://127.0.0.1:8787/v1/jobs")).toBe(401);
  expect((await api.app.request("http://127.0.0.1:8787/sdapi/v1/options")).status).toBe(401);
});

it.each([
  ["no header", undefined],
  ["an empty key", "Bearer "],
  ["another scheme", "Basic dXNlcjpwYXNz"],
  ["an unknown key", "Bearer a-key-of-somebody-else"],
  ["a typing error", "Bearer zk_live_000000000000000000000000000000000000000"],
  ["a huge key", `Bearer ${"x".repeat(10_000)}`],
])("answers 401 to %s", async (_, authorization) => {
  const response = await list(authorization);
  expect([response.status, await response.json()]).toMatchObject([401, { code: "unauthorized" }]);
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
});

it("believes in a revoked key for at most five seconds", async () => {
  const { key, value } = await api.apiKeys.createKey(api.account.id);
  expect((await list(`Bearer ${value}`)).status).toBe(200);
  await api.apiKeys.revokeKey(api.account.id, key.id);
  api.clock.advance(5_000);
  expect((await list(`Bearer ${value}`)).status).toBe(401);
});

it("does not outlive a key's expiry by its cache", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { expiresAt: api.clock.now() + 1_000 });
  expect((await list(`Bearer ${value}`)).status).toBe(200);
  api.clock.advance(1_000);
  expect((await list(`Bearer ${value}`)).status).toBe(401);
});

it("reads the table once for many requests", async () => {
  let reads = 0;
  const counted = await openApi({
    clock: api.clock,
    items: {
      query: (query) => api.items.query(query),
      write: (writes) => api.items.write(writes),
      close: async () => {},
      get: (key) => {
        if (key.pk.startsWith("KEY#")) reads++;
        return api.items.get(key);
      },
    },
  });
  try {
    const headers = { authorization: `Bearer ${api.key}` };
    for (let i = 0; i < 5; i++) expect((await counted.app.request("/v1/models", { headers })).status).toBe(200);
    expect(reads).toBe(1);
  } finally {
    await counted.close();
  }
});

it("lets a key do what its scopes say", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
  expect((await list(`Bearer ${value}`)).status).toBe(200);
  const response = await api.app.request("/v1/jobs", { method: "POST", headers: { authorization: `Bearer ${value}` } });
  expect([response.status, await response.json()]).toMatchObject([403, { code: "insufficient_scope" }]);
});
