import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { dueShard } from "../../shared/ports/due-shards.ts";
import type { Items } from "../../shared/ports/items.ts";
import { deliveriesDue, lanesDue, toldDue } from "../../shared/webhooks/webhook-outbox.ts";
import { takeOverTold } from "./take-over-told.ts";

const clock = { now: () => Date.UTC(2026, 0, 1), sleep: async () => {} };
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
});
afterEach(() => items.close());

/** A row that a notice named, to be looked for `inMs` from now. */
async function told(id: string, inMs: number, data: { readonly accountId?: string } = { accountId: "acc_1" }) {
  const put = { pk: `WH#${id}`, sk: "D", duePk: dueShard(toldDue, id), dueAt: clock.now() + inMs, data };
  await items.write([{ put }]);
}

it("puts rows whose time is over into the lane of their account, and leaves the others", async () => {
  await told("late", -1);
  await told("early", 60_000);
  expect(await takeOverTold({ items, clock })).toBe(1);
  const due = async (partition: string) => (await items.query({ index: "due", partition })).items.map(({ pk }) => pk);
  expect(await due(deliveriesDue("acc_1"))).toEqual(["WH#late"]);
  expect(await due(dueShard(toldDue, "early"))).toContain("WH#early");
  expect(await due(dueShard(lanesDue, "acc_1"))).toEqual(["WHLANE#acc_1"]);
  expect(await takeOverTold({ items, clock }), "it is done").toBe(0);
});

it("is not held up by a row that belongs to nobody", async () => {
  await told("broken", -2, {});
  await told("late", -1);
  expect(await takeOverTold({ items, clock })).toBe(1);
});
