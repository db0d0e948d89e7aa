import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import { forEachDue, listSetAside, type SetAsideItem } from "./set-aside.ts";

let now: number;
let items: EmbeddedItems;
const clock = { now: () => now, sleep: async () => {} };
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  items = openEmbeddedItems(":memory:", { clock });
  for (const name of ["a", "poison", "z"]) {
    await items.write([{ put: { pk: name, sk: "ROW", duePk: "DUE", dueAt: now, data: { name } } }]);
  }
});
afterEach(() => items.close());

const due = async () => (await items.query({ index: "due", partition: "DUE", to: now, limit: 2 })).items;
async function aside() {
  const found: SetAsideItem[] = [];
  for await (const item of listSetAside(items)) found.push(item);
  return found;
}

/** A pass over the two first rows. @returns what was done */
async function pass(fails: (name: unknown) => boolean = (name) => name === "poison") {
  const done: unknown[] = [];
  const work = { kind: "row", rows: await due(), idOf: ({ pk }: { pk: string }) => pk };
  await forEachDue({ items, clock }, work, async ({ version: _, ...row }) => {
    if (fails(row.data.name)) throw new RangeError("cannot be done");
    done.push(row.data.name);
    await items.write([{ delete: row }]);
  });
  return done;
}

it("does what comes behind one that fails, and tries that again later and later", async () => {
  expect(await pass()).toEqual(["a"]);
  expect(await pass()).toEqual(["z"]);
  expect(await due()).toEqual([]);
  now += 5_000;
  await pass();
  now += 5_000;
  expect(await due(), "the second pause is twice as long").toEqual([]);
  now += 5_000;
  expect(await due()).toHaveLength(1);
  expect(await aside()).toEqual([
    {
      kind: "row",
      id: "poison",
      count: 2,
      reason: "RangeError: cannot be done",
      since: now - 15_000,
      lastAt: now - 10_000,
      nextAt: now,
    },
  ]);
});

it("forgets the failures of one that succeeds", async () => {
  await pass();
  now += 5_000;
  expect(await pass(() => false)).toEqual(["z", "poison"]);
  expect(await aside()).toEqual([]);
});

it("leaves a row alone that was changed meanwhile, and takes a lost race for no failure", async () => {
  const rows = await due();
  const failed = await forEachDue({ items, clock }, { kind: "row", rows, idOf: ({ pk }) => pk }, async (row) => {
    await items.write([{ put: { pk: row.pk, sk: "ROW", data: { changed: true } } }]);
    if (row.pk === "a") throw new Error("failed all the same");
    await items.write([{ put: row, if: { version: row.version } }]);
  });
  expect(failed).toBe(1);
  expect(await items.get({ pk: "a", sk: "ROW" })).toMatchObject({ data: { changed: true } });
  expect((await aside()).map(({ id }) => id)).toEqual(["a"]);
});
