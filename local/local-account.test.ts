import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { openEmbeddedItems } from "../shared/embedded/items.ts";
import { Accounts } from "../shared/money/accounts.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { ensureLocalAccount, ensureLocalKey, ensureLocalTerms, setDeduplicationWindow } from "./local-account.ts";

let dir: string;
let items: Items;
let apiKeys: ApiKeys;

function openStore(): void {
  items = openEmbeddedItems(":memory:");
  apiKeys = new ApiKeys({ items, clock: systemClock, newId: () => ulid() });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-account-"));
  openStore();
});
afterEach(async () => {
  await items.close();
  rmSync(dir, { recursive: true, force: true });
});

const file = () => join(dir, "local-key.json");

async function start(ownKey?: string): Promise<{ accountId: string; key: string }> {
  const account = await ensureLocalAccount(apiKeys, dir);
  return { accountId: account.accountId, key: await ensureLocalKey(apiKeys, dir, account, ownKey) };
}

describe("the local account and key", () => {
  it("are made once and kept for their owner alone", async () => {
    const first = await start();
    expect(await start()).toEqual(first);
    expect((await apiKeys.findKey(first.key))?.accountId).toBe(first.accountId);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject(first);
  });

  it("may spend without credit, also when they were made before there was money", async () => {
    const account = await ensureLocalAccount(apiKeys, dir);
    expect((await apiKeys.getAccount(account.accountId))?.terms).toEqual({ unlimited: true });
    const address = { pk: `ACC#${account.accountId}`, sk: "META" };
    const { version: _, data, ...item } = (await items.get(address))!;
    await items.write([{ put: { ...address, data: { ...data, terms: undefined } } }]);
    const accounts = new Accounts({ items, clock: systemClock });
    await ensureLocalTerms(accounts, account);
    expect(await accounts.list()).toMatchObject([{ id: account.accountId, terms: { unlimited: true } }]);
    expect(item.gpk).toBe("ACCOUNTS");
    await accounts.setTerms(account.accountId, { unlimited: undefined, monthlyCap: 5 });
    await ensureLocalTerms(accounts, account);
    expect((await accounts.get(account.accountId)).terms, "the operator's word").toEqual({ monthlyCap: 5 });
  });

  it("give their key its deduplication window when that is asked for", async () => {
    const { key } = await start();
    await setDeduplicationWindow(apiKeys, key, 300);
    await start();
    expect(await apiKeys.findKey(key)).toMatchObject({ name: "local", deduplicationWindowS: 300 });
    await setDeduplicationWindow(apiKeys, key, 0);
    expect(await apiKeys.findKey(key)).toMatchObject({ deduplicationWindowS: 0 });
  });

  it("take the operator's key, for the same account, and make none beside it", async () => {
    const own = "an-own-key-of-mine-1";
    const { accountId, key } = await start(own);
    expect(key).toBe(own);
    expect((await apiKeys.findKey(own))?.accountId).toBe(accountId);
    expect(readFileSync(file(), "utf8")).not.toContain(own);
    await start(own);
    expect(await apiKeys.listKeys(accountId)).toHaveLength(1);
    expect((await start()).accountId).toBe(accountId);
  });

  it("replace a made key that was revoked, and refuse an own one that was", async () => {
    const { accountId, key } = await start();
    const made = await apiKeys.findKey(key);
    await apiKeys.revokeKey(accountId, made!.id);
    expect((await start()).key).not.toBe(key);

    const own = "an-own-key-of-mine-1";
    await start(own);
    const imported = await apiKeys.findKey(own);
    await apiKeys.revokeKey(accountId, imported!.id);
    await expect(start(own)).rejects.toThrow(/LOCAL_API_KEY .* revoked/);
  });

  it("are made again when the database is gone", async () => {
    const before = await start();
    await items.close();
    openStore();
    const after = await start();
    expect(after.accountId).not.toBe(before.accountId);
    expect((await apiKeys.findKey(after.key))?.accountId).toBe(after.accountId);
  });

  it.each([
    ["not json"],
    ["{}"],
    ["[]"],
    ['{"accountId":"","linkSecret":"x"}'],
  ])("are not guessed from a damaged file: %s", async (content) => {
    writeFileSync(file(), content);
    await expect(start()).rejects.toThrow(/local-key\.json is damaged; move it away/);
  });
});
