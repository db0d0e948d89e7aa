import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fastClock } from "../../test/support/fast-clock.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import type { Account } from "./account.ts";
import { ApiKeys } from "./api-keys.ts";
import { hasValidForm, newKeyValue } from "./key-value.ts";

let items: EmbeddedItems;
let keys: ApiKeys;
let account: Account;
const clock = fastClock();
let ids = 0;

beforeEach(async () => {
  items = openEmbeddedItems(":memory:", { clock });
  keys = new ApiKeys({ items, clock, newId: () => String(++ids).padStart(26, "0") });
  account = await keys.createAccount("shop");
});
afterEach(() => items.close());

describe("a key's form", () => {
  it("is zk_live_, 32 random characters and a checksum of 6", () => {
    const value = newKeyValue();
    expect(value).toMatch(/^zk_live_[0-9A-Za-z]{38}$/);
    expect(hasValidForm(value)).toBe(true);
    expect(newKeyValue()).not.toBe(value);
  });

  it("shows a typing error in any one character", () => {
    const value = newKeyValue();
    for (let i = "zk_live_".length; i < value.length; i++) {
      const other = value[i] === "a" ? "b" : "a";
      expect(hasValidForm(value.slice(0, i) + other + value.slice(i + 1)), `character ${i}`).toBe(false);
    }
  });
});

it("finds the account of a key, and stores nothing that opens a door", async () => {
  const { key, value } = await keys.createKey(account.id, { name: "laptop", scopes: ["jobs:read"] });
  expect(await keys.findKey(value)).toMatchObject({ id: key.id, accountId: account.id, scopes: ["jobs:read"] });
  const stored = await items.query({ index: "gsi1", partition: `ACC#${account.id}` });
  expect(stored.items).toHaveLength(1);
  expect(JSON.stringify(stored.items)).not.toContain(value.slice(12));
});

it("does not find unknown, expired or revoked keys", async () => {
  expect(await keys.findKey(newKeyValue())).toBeUndefined();
  expect(await keys.findKey("short")).toBeUndefined();
  const expiring = await keys.createKey(account.id, { expiresAt: clock.now() + 1000 });
  expect(await keys.findKey(expiring.value)).toBeDefined();
  clock.advance(1000);
  expect(await keys.findKey(expiring.value)).toBeUndefined();
  const revoked = await keys.createKey(account.id);
  const first = await keys.revokeKey(account.id, revoked.key.id);
  clock.advance(5);
  expect(await keys.revokeKey(account.id, revoked.key.id)).toEqual(first);
  expect(await keys.findKey(revoked.value)).toBeUndefined();
});

it("revokes only the account's own keys", async () => {
  const other = await keys.createAccount();
  const { key } = await keys.createKey(other.id);
  await expect(keys.revokeKey(account.id, key.id)).rejects.toMatchObject({ code: "key_not_found" });
});

it("lists keys oldest first, with the beginning of each", async () => {
  for (const name of ["a", "b", "c"]) {
    await keys.createKey(account.id, { name });
    clock.advance(1);
  }
  const listed = await keys.listKeys(account.id);
  expect(listed.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(listed[0]?.hint).toMatch(/^zk_live_.{4}$/);
});

it("notes the last use, at most once an hour", async () => {
  const { value } = await keys.createKey(account.id);
  const firstUse = clock.now();
  await keys.findKey(value);
  clock.advance(3_599_999);
  await keys.findKey(value);
  expect((await keys.listKeys(account.id))[0]?.lastUsedAt).toBe(firstUse);
  clock.advance(1);
  await keys.findKey(value);
  expect((await keys.listKeys(account.id))[0]?.lastUsedAt).toBe(firstUse + 3_600_000);
});

describe("an imported key", () => {
  it("works as it is, and may be imported again", async () => {
    const key = await keys.importKey(account.id, "local-key-of-16-chars");
    expect(await keys.importKey(account.id, "local-key-of-16-chars")).toEqual(key);
    expect(await keys.findKey("local-key-of-16-chars")).toMatchObject({ id: key.id, hint: "loca" });
  });

  it("belongs to one account", async () => {
    await keys.importKey(account.id, "local-key-of-16-chars");
    const other = await keys.createAccount();
    await expect(keys.importKey(other.id, "local-key-of-16-chars")).rejects.toMatchObject({ code: "api_key_taken" });
  });

  it.each([
    ["fifteen-chars!!"],
    ["with a space in it"],
    ["schlüssel-mit-umlaut"],
    ["zk_live_00000000000000000000000000000000000000"],
  ])("is refused as %s", async (value) => {
    await expect(keys.importKey(account.id, value)).rejects.toMatchObject({ code: "api_key_invalid" });
  });
});

it("gives each account a webhook secret of its own", async () => {
  const other = await keys.createAccount();
  expect((await keys.getAccount(other.id))?.webhookSecrets).toEqual([expect.stringMatching(/^whsec_/)]);
  expect(other.webhookSecrets).not.toEqual(account.webhookSecrets);
  expect(await keys.getAccount("acc_none")).toBeUndefined();
});

describe("a rotation", () => {
  it("opens the API with both values until the overlap ends, and is still the same key", async () => {
    const limits = { monthlyCap: 5 };
    const { key, value: first } = await keys.createKey(account.id, { name: "shop", scopes: ["jobs:read"], limits });
    const { value: second, key: rotated } = await keys.rotateKey(account.id, key.id, 1_000);
    expect(rotated).toMatchObject({ id: key.id, name: "shop", scopes: ["jobs:read"], limits });
    expect(rotated.previousUntil).toBe(clock.now() + 1_000);
    for (const value of [first, second]) expect(await keys.findKey(value)).toMatchObject({ id: key.id, limits });
    expect(await keys.listKeys(account.id)).toMatchObject([{ id: key.id, hint: second.slice(0, 12) }]);
    clock.advance(1_001);
    expect(await keys.findKey(first)).toBeUndefined();
    expect(await keys.findKey(second)).toMatchObject({ id: key.id });
    expect((await keys.getKey(account.id, key.id)).previousUntil).toBeUndefined();
  });

  it("makes no value live longer than it would have, and no dead key live again", async () => {
    const { key, value } = await keys.createKey(account.id, { expiresAt: clock.now() + 500 });
    await keys.rotateKey(account.id, key.id, 60_000);
    clock.advance(501);
    expect(await keys.findKey(value)).toBeUndefined();
    await expect(keys.rotateKey(account.id, key.id, 60_000)).rejects.toMatchObject({ code: "key_not_live" });
  });

  it("is undone by a revocation, of all values", async () => {
    const { key, value: first } = await keys.createKey(account.id);
    const { value: second } = await keys.rotateKey(account.id, key.id, 60_000);
    const rotations = Promise.allSettled([keys.rotateKey(account.id, key.id, 60_000)]);
    expect(await keys.revokeKey(account.id, key.id)).toMatchObject({ revokedAt: clock.now() });
    const [third] = await rotations;
    const values = [first, second, ...(third?.status === "fulfilled" ? [third.value.value] : [])];
    for (const value of values) expect(await keys.findKey(value)).toBeUndefined();
  });
});

it("changes the name and the limits of a key, one by one", async () => {
  const { key, value } = await keys.createKey(account.id, { limits: { monthlyCap: 5, maxOpenJobs: 2 } });
  await keys.changeKey(account.id, key.id, { name: "till", limits: { monthlyCap: undefined, requestsPerMinute: 9 } });
  expect(await keys.findKey(value)).toMatchObject({ name: "till", limits: { maxOpenJobs: 2, requestsPerMinute: 9 } });
  expect((await keys.findKey(value))?.limits).not.toHaveProperty("monthlyCap");
  await expect(keys.changeKey(account.id, "key_nobody", {})).rejects.toMatchObject({ code: "key_not_found" });
});
