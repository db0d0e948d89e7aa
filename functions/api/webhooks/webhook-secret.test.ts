import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const path = "/v1/webhooks/default/secret";

it("gives the account's own newest secret, which nothing may keep", async () => {
  const response = await api.request("GET", path);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual({ key: api.account.webhookSecrets[0] });
  const other = await api.apiKeys.createAccount("other", {});
  const { value } = await api.apiKeys.createKey(other.id);
  const theirs = await api.request("GET", path, undefined, { authorization: `Bearer ${value}` });
  expect(await theirs.json()).toEqual({ key: other.webhookSecrets[0] });
});

it("needs the scope webhooks:read", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:write"] });
  const response = await api.request("GET", path, undefined, { authorization: `Bearer ${value}` });
  expect(await readProblem(response)).toMatchObject({ status: 403, code: "insufficient_scope" });
});
