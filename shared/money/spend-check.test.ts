import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { balanceKey, monthOf, type SpendTerms, spendKey } from "./ledger.ts";
import { assertMaySpend } from "./spend-check.ts";

const now = Date.UTC(2026, 10, 3);
const job = sampleJob("1", now, { price: samplePrice });
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

const check = (terms: SpendTerms, changed = job) => assertMaySpend(items, changed, terms);
const balance = (available: number) => items.write([{ put: { ...balanceKey("acc_1"), data: { available } } }]);
/** Spending is stored negated. */
const spent = (key: Parameters<typeof spendKey>[1], amount: number) =>
  items.write([{ add: spendKey("acc_1", key), attribute: monthOf(now), amount: -amount }]);

it("lets a job without a price, and an account without a bound, pass", async () => {
  await check({ unlimited: false }, sampleJob("1", now));
  await check({ unlimited: true });
});

it("asks for the whole price in the balance", async () => {
  await expect(check({ unlimited: false })).rejects.toMatchObject({ code: "insufficient_balance" });
  await balance(99);
  await expect(check({ unlimited: false })).rejects.toThrow(
    "this costs 100 micro-USD, the balance has 99 micro-USD; add credit",
  );
  await balance(100);
  await check({ unlimited: false });
});

it.each([
  ["account", "account", { unlimited: true, accountMonthlyCap: 300 }],
  ["API key", { keyId: "key_1" }, { unlimited: true, keyMonthlyCap: 300 }],
] as const)("keeps the %s below its cap for the month", async (whose, key, terms) => {
  await spent(key, 200);
  await check(terms);
  await spent(key, 1);
  const refused = check(terms);
  await expect(refused).rejects.toMatchObject({ code: "spend_limit" });
  await expect(refused).rejects.toThrow(`the ${whose} has spent 201 micro-USD of its 300 micro-USD for 2026-11 (UTC)`);
  await check(terms, { ...job, createdAt: Date.UTC(2026, 11, 1) });
});

it("makes the month's count where there is none, for the transaction's condition to look at", async () => {
  await check({ unlimited: true, accountMonthlyCap: 100 });
  expect((await items.get(spendKey("acc_1", "account")))?.data).toEqual({ "2026-11": 0 });
});
