import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../test/support/api/api-under-test.ts";
import { currentIdentity } from "./current-identity.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** What a key is allowed now that could do everything when the batch was made. */
const now = (keyId: string, accountId = api.account.id) =>
  currentIdentity({ accountId, keyId, scopes: ["*"], terms: { unlimited: true } }, api.dependencies);

it("is what key and account are allowed now, not what they were when the batch was made", async () => {
  const limits = { maxOpenJobs: 2 };
  const { key } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"], limits });
  expect(await now(key.id)).toMatchObject({ keyId: key.id, scopes: ["jobs:read"], limits, terms: { unlimited: true } });
  const poor = await api.apiKeys.createAccount("poor", { maxOpenJobs: 1 });
  const { key: other } = await api.apiKeys.createKey(poor.id);
  expect((await now(other.id, poor.id))?.terms).toEqual({ maxOpenJobs: 1 });
});

it("is nobody's once the key was revoked, has expired, or belongs to another account", async () => {
  const { key: revoked } = await api.apiKeys.createKey(api.account.id);
  await api.apiKeys.revokeKey(api.account.id, revoked.id);
  expect(await now(revoked.id)).toBeUndefined();
  const { key: brief } = await api.apiKeys.createKey(api.account.id, { expiresAt: api.clock.now() + 1_000 });
  expect(await now(brief.id)).toBeDefined();
  api.clock.advance(1_000);
  expect(await now(brief.id)).toBeUndefined();
  const { id } = await api.apiKeys.createAccount("second");
  expect(await now((await api.apiKeys.createKey(api.account.id)).key.id, id)).toBeUndefined();
});
