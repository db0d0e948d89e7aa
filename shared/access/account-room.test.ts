import { afterEach, beforeEach, expect, it } from "vitest";
import { fastClock } from "../../test/support/fast-clock.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import { ConflictError } from "../errors.ts";
import { ItemsConditionFailed } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import { giveRoomBack, writeWithin } from "./account-room.ts";

const clock = fastClock();
let items: EmbeddedItems;
let counts: number;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  counts = 0;
});
afterEach(() => items.close());

const all = async () => (await queryAll(items, { index: "main", partition: "things" })).length;
const limit = {
  name: "things",
  accountId: "acc_1",
  most: 2,
  async count() {
    counts++;
    return all();
  },
  refused: () => new ConflictError("too_many_things", "two things are the most"),
};
const key = (name: string) => ({ pk: "things", sk: name });
const make = (name: string) =>
  writeWithin({ items, clock }, [{ limit }], [{ put: { ...key(name), data: {} }, if: { absent: true } }]);

it("lets two of thirty concurrent writers in, and refuses the others", async () => {
  const results = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => make(`${i}`)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "too_many_things" });
  }
  expect(await all()).toBe(2);
});

it("counts what was there before the first write, and what has gone by itself, once a minute", async () => {
  await items.write([{ put: { ...key("earlier"), data: {} } }]);
  await make("a");
  await expect(make("b")).rejects.toMatchObject({ code: "too_many_things" });
  counts = 0;
  // Expired, say.
  await items.write([{ delete: key("a") }]);
  await expect(make("b")).rejects.toMatchObject({ code: "too_many_things" });
  expect(counts).toBe(0);
  clock.advance(60_000);
  await make("b");
  expect([counts, await all()]).toEqual([1, 2]);
});

it("has room again at once for what is given back", async () => {
  await make("a");
  await make("b");
  await items.write([{ delete: key("a") }, giveRoomBack(limit)]);
  await make("c");
  await expect(make("d")).rejects.toMatchObject({ code: "too_many_things" });
});

it("takes no room for a write that another condition refuses", async () => {
  await make("a");
  await expect(make("a")).rejects.toBeInstanceOf(ItemsConditionFailed);
  await make("b");
});
