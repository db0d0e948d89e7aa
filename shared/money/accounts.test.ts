import { afterEach, beforeEach, expect, it } from "vitest";
import { fastClock } from "../../test/support/fast-clock.ts";
import { ApiKeys } from "../access/api-keys.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import { Accounts } from "./accounts.ts";
import { auditAccount } from "./audit-ledger.ts";

let items: EmbeddedItems;
let accounts: Accounts;
let apiKeys: ApiKeys;
const clock = fastClock();
let ids = 0;

beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  accounts = new Accounts({ items, clock });
  apiKeys = new ApiKeys({ items, clock, newId: () => String(++ids).padStart(26, "0") });
});
afterEach(() => items.close());

it("keeps terms, and lists accounts in the order of their making", async () => {
  const first = await apiKeys.createAccount("a", { monthlyCap: 10, weight: 2 });
  const second = await apiKeys.createAccount("b");
  expect((await accounts.list()).map(({ id }) => id)).toEqual([first.id, second.id]);
  await accounts.setTerms(first.id, { weight: undefined, maxOpenJobs: 3 });
  expect((await accounts.get(first.id)).terms).toEqual({ monthlyCap: 10, maxOpenJobs: 3 });
  expect((await apiKeys.getAccount(first.id))?.webhookSecrets).toEqual(first.webhookSecrets);
  await expect(accounts.get("acc_nobody")).rejects.toMatchObject({ code: "account_not_found" });
});

it("credits a reference once, and refuses it with another amount", async () => {
  const { id } = await apiKeys.createAccount("a");
  expect(await accounts.credit(id, { amount: 500, reference: "inv-1" })).toEqual({ replayed: false });
  expect(await accounts.credit(id, { amount: 500, reference: "inv-1" })).toEqual({ replayed: true });
  await expect(accounts.credit(id, { amount: 501, reference: "inv-1" })).rejects.toMatchObject({
    code: "reference_used",
  });
  await accounts.credit(id, { amount: -200, reference: "refund-1", note: "paid back" });
  expect(await accounts.balance(id)).toEqual({ available: 300, held: 0, openJobs: 0, spentThisMonth: 0 });
  expect(await auditAccount(items, id)).toMatchObject({ entries: 2, available: 300, discrepancies: [] });
});

it("counts twenty racing credits of ten references ten times", async () => {
  const { id } = await apiKeys.createAccount("a");
  await Promise.all(Array.from({ length: 20 }, (_, i) => accounts.credit(id, { amount: 7, reference: `r${i % 10}` })));
  expect((await accounts.balance(id)).available).toBe(70);
  expect((await auditAccount(items, id)).discrepancies).toEqual([]);
});

it.each([
  [{ amount: 0.5, reference: "r" }, "amount"],
  [{ amount: 0, reference: "r" }, "amount"],
  [{ amount: 2 ** 53, reference: "r" }, "amount"],
  [{ amount: 1, reference: "" }, "reference"],
  [{ amount: 1, reference: "a b" }, "reference"],
])("refuses the credit %j, naming the field", async (credit, param) => {
  const { id } = await apiKeys.createAccount("a");
  await expect(accounts.credit(id, credit)).rejects.toMatchObject({ code: "invalid_value", param });
  await expect(accounts.credit("acc_nobody", { amount: 1, reference: "r" })).rejects.toThrow("acc_nobody");
});
