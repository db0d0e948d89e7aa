import { ulid } from "ulid";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { Accounts } from "../money/accounts.ts";
import type { Items } from "../ports/items.ts";
import { liveAccountSecrets, rotateAccountSecret } from "./account-secrets.ts";
import { ApiKeys } from "./api-keys.ts";

const day = 86_400_000;
let now: number;
let items: Items;
let apiKeys: ApiKeys;
let accountId: string;
const clock = { now: () => now, sleep: async () => {} };
const live = async () => liveAccountSecrets(await apiKeys.getAccount(accountId), now);

beforeEach(async () => {
  now = 1_700_000_000_000;
  items = openEmbeddedItems(":memory:");
  apiKeys = new ApiKeys({ items, clock, newId: () => ulid() });
  accountId = (await apiKeys.createAccount("shop")).id;
});
afterEach(() => items.close());

it("signs with both for a day, newest first, and then with the new one alone", async () => {
  const [old] = await live();
  const { secret, previousUntil } = await rotateAccountSecret({ items, clock }, accountId);
  expect(secret).toMatch(/^whsec_/);
  expect(previousUntil).toBe(now + day);
  expect(await live()).toEqual([secret, old]);
  now += day;
  expect(await live()).toEqual([secret]);
});

it("keeps at most four, however often it is rotated", async () => {
  for (let i = 0; i < 6; i++) await rotateAccountSecret({ items, clock }, accountId);
  expect(await live()).toHaveLength(4);
});

it("neither loses nor is lost in a change at the same moment", async () => {
  const accounts = new Accounts({ items, clock });
  const [first, second] = await Promise.all([
    rotateAccountSecret({ items, clock }, accountId),
    rotateAccountSecret({ items, clock }, accountId),
    accounts.setTerms(accountId, { unlimited: true }),
  ]);
  expect(await live()).toEqual(expect.arrayContaining([first.secret, second.secret]));
  expect((await accounts.get(accountId)).terms).toEqual({ unlimited: true });
});

it("is refused for an account that does not exist", async () => {
  await expect(rotateAccountSecret({ items, clock }, "acc_0")).rejects.toMatchObject({ code: "account_not_found" });
});
