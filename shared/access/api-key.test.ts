import { expect, it } from "vitest";
import { isLive, keyScopes, withoutAdmin } from "./api-key.ts";

it.each([
  [{}, true],
  [{ expiresAt: 1_001 }, true],
  [{ expiresAt: 1_000 }, false],
  [{ revokedAt: 999 }, false],
  [{ revokedAt: 999, expiresAt: 2_000 }, false],
])("takes %j at 1000 for live: %s", (key, live) => {
  expect(isLive(key, 1_000)).toBe(live);
});

it("takes the making of keys from the scopes of a key with limits, and the operator's from *", () => {
  expect(withoutAdmin(["jobs:read", "keys:admin"])).toEqual(["jobs:read"]);
  const all = withoutAdmin(["*"]);
  expect(all).toContain("jobs:write");
  expect(all.filter((scope) => ["*", "keys:admin", "accounts:admin"].includes(scope))).toEqual([]);
  expect(all).toHaveLength(keyScopes.length - 3);
});
