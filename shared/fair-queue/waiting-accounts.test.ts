import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import { balanceKey } from "../money/ledger.ts";
import { withMethods } from "../ports/with-methods.ts";
import { WaitingAccounts } from "./waiting-accounts.ts";

let clock: ReturnType<typeof manualClock>;
let items: EmbeddedItems;
beforeEach(() => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
});
afterEach(() => items.close());

const balance = (accountId: string, data: { readonly [attribute: string]: number }) =>
  items.write([{ put: { ...balanceKey(accountId), data } }]);
const notes = async () => (await items.query({ index: "main", partition: "WAITING#interactive" })).items;

it("counts the unfinished jobs of the accounts that were written down, by lane", async () => {
  const accounts = new WaitingAccounts({ items, clock });
  await balance("acc_1", { interactiveEntered: 9, interactiveEnded: 2, batchEntered: 3 });
  await balance("acc_2", { interactiveEntered: 4, interactiveEnded: 4 });
  await balance("acc_3", { interactiveEntered: 5 });
  for (const accountId of ["acc_1", "acc_2"]) await accounts.note("interactive", accountId);
  await accounts.note("batch", "acc_1");
  expect(await accounts.read("interactive")).toEqual([{ accountId: "acc_1", unfinished: 7 }]);
  expect(await accounts.read("batch")).toEqual([{ accountId: "acc_1", unfinished: 3 }]);
});

it("writes an account down once in ten minutes, and again when the write has failed", async () => {
  let fails = true;
  const write = (...given: Parameters<typeof items.write>) =>
    fails ? Promise.reject(new Error("no route")) : items.write(...given);
  const accounts = new WaitingAccounts({ items: withMethods(items, { write }), clock });
  await accounts.note("interactive", "acc_1");
  fails = false;
  for (let i = 0; i < 3; i++) await accounts.note("interactive", "acc_1");
  expect((await notes()).map(({ version }) => version)).toEqual([1]);
  clock.advance(600_000);
  await accounts.note("interactive", "acc_1");
  expect((await notes()).map(({ version }) => version)).toEqual([2]);
});

it("forgets an account without jobs, once it would have been written down again", async () => {
  const accounts = new WaitingAccounts({ items, clock });
  await accounts.note("interactive", "acc_1");
  await accounts.read("interactive");
  expect(await notes()).toHaveLength(1);
  clock.advance(600_001);
  await accounts.read("interactive");
  expect(await notes()).toHaveLength(0);
});
