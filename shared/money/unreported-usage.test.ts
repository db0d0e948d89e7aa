import { expect, it } from "vitest";
import { collect } from "../../test/support/collect.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { meterDue, meterSetAside } from "./ledger.ts";
import { reportAgain, unreportedUsage } from "./unreported-usage.ts";

const clock = { now: () => 9_000, sleep: async () => {} };

it("lists refused charges, oldest first, and makes each of them due again, without its failure", async () => {
  const items = openEmbeddedItems(":memory:", { clock });
  for (const [at, id] of [
    [2, "b"],
    [1, "a"],
  ] as const) {
    const data = {
      id,
      accountId: "acc_1",
      customer: "cus_1",
      charged: 7,
      at,
      attempts: 3,
      failure: "no such customer",
    };
    await items.write([{ put: { pk: `METER#${id}`, sk: "META", duePk: meterSetAside, dueAt: at, data } }]);
  }
  const listed = await collect(unreportedUsage(items));
  expect(listed.map(({ id, failure }) => [id, failure])).toEqual([
    ["a", "no such customer"],
    ["b", "no such customer"],
  ]);
  expect(await reportAgain(items, clock)).toBe(2);
  expect(await collect(unreportedUsage(items))).toEqual([]);
  const { items: due } = await items.query({ index: "due", partition: meterDue });
  expect(due).toMatchObject([
    { dueAt: 9_000, data: { attempts: 0 } },
    { dueAt: 9_000, data: { attempts: 0 } },
  ]);
  expect(due.some(({ data }) => "failure" in data)).toBe(false);
  await items.close();
});
