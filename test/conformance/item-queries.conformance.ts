import { expect, it } from "vitest";
import { InvalidInputError } from "../../shared/errors.ts";
import type { Item, Items, Query, Write } from "../../shared/ports/items.ts";
import type { ItemsUnderTest } from "./items-under-test.ts";

/** All pages of a query, and how many there were. */
async function pages(items: Items, query: Query): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await items.query(cursor === undefined ? query : { ...query, cursor });
    found.push(page.items);
    if (page.cursor === undefined) return found;
    cursor = page.cursor;
  }
}

const sortKeys = (found: readonly Item[]) => found.map(({ sk }) => sk);

export function itemQueriesConformance({ items, partition }: ItemsUnderTest): void {
  it("sorts by the bytes of the sort key, both ways, and keeps partitions apart", async () => {
    const pk = partition();
    // UTF-8 order: U+FF5E before U+1F5BC, which UTF-16 has the other way round.
    const sorted = ["A", "B", "a", "a!", "a#1", "aa", "b", "é", "図", "\u{FF5E}", "\u{1F5BC}"];
    await items().write(sorted.toReversed().map((sk): Write => ({ put: { pk, sk, data: {} } })));
    await items().write([{ put: { pk: `${pk}-other`, sk: "a", data: {} } }]);
    expect(sortKeys((await items().query({ index: "main", partition: pk })).items)).toEqual(sorted);
    expect(sortKeys((await items().query({ index: "main", partition: pk, reverse: true })).items)).toEqual(
      sorted.toReversed(),
    );
  });

  it("answers ranges with both ends, and prefixes", async () => {
    const pk = partition();
    const keys = ["EV#1", "EV#2", "EV#3", "EW", "EV", "META", "EV%", "EV_"];
    await items().write(keys.map((sk): Write => ({ put: { pk, sk, gpk: pk, gsk: sk, data: {} } })));
    for (const index of ["main", "gsi1"] as const) {
      const ask = async (query: Partial<Query>) =>
        sortKeys((await items().query({ index, partition: pk, ...query })).items);
      expect(await ask({ from: "EV#2", to: "EV%" })).toEqual(["EV#2", "EV#3", "EV%"]);
      expect(await ask({ from: "EV_" })).toEqual(["EV_", "EW", "META"]);
      expect(await ask({ to: "EV#1", reverse: true })).toEqual(["EV#1", "EV"]);
      expect(await ask({ prefix: "EV#" })).toEqual(["EV#1", "EV#2", "EV#3"]);
      expect(await ask({ prefix: "EV#", reverse: true, limit: 2 })).toEqual(["EV#3", "EV#2"]);
      expect(await ask({ prefix: "EV_" })).toEqual(["EV_"]);
      expect(await ask({ prefix: "nothing" })).toEqual([]);
      expect(await ask({ from: "x", to: "z" })).toEqual([]);
    }
  });

  it("lists in an index only what has its attributes, whole items", async () => {
    const pk = partition();
    const listed: Item = { pk, sk: "a", gpk: pk, gsk: "1", duePk: pk, dueAt: 5, version: 1, data: { x: [1, "2"] } };
    await items().write([
      { put: listed },
      { put: { pk, sk: "b", data: {} } },
      { put: { pk, sk: "c", gpk: `${pk}-other`, gsk: "1", data: {} } },
    ]);
    expect((await items().query({ index: "gsi1", partition: pk })).items).toEqual([listed]);
    expect((await items().query({ index: "due", partition: pk })).items).toEqual([listed]);
  });

  it("sorts what is due by number", async () => {
    const pk = partition();
    const times = [-1, 0, 0.5, 9, 10, 1_795_398_017_905, 1_795_398_017_906];
    await items().write(
      times.toReversed().map((dueAt): Write => ({ put: { pk, sk: `${dueAt}`, duePk: pk, dueAt, data: {} } })),
    );
    const ask = async (query: Partial<Query>) =>
      (await items().query({ index: "due", partition: pk, ...query })).items.map(({ dueAt }) => dueAt);
    expect(await ask({})).toEqual(times);
    expect(await ask({ to: 10 })).toEqual([-1, 0, 0.5, 9, 10]);
    expect(await ask({ from: 0.5, to: 9.5 })).toEqual([0.5, 9]);
    expect(await ask({ reverse: true, limit: 2 })).toEqual(times.slice(-2).toReversed());
  });

  it("gives every item once over pages, both ways, also where sort keys are equal", async () => {
    const pk = partition();
    const all = Array.from({ length: 13 }, (_, i) => `sk-${`${i}`.padStart(2, "0")}`);
    await items().write(
      all.map(
        (sk, i): Write => ({ put: { pk, sk, gpk: pk, gsk: `same ${i >> 3}`, duePk: pk, dueAt: i >> 2, data: {} } }),
      ),
    );
    for (const index of ["main", "gsi1", "due"] as const) {
      for (const reverse of [false, true]) {
        for (const limit of [1, 4, 5, 13, 14]) {
          const found = await pages(items(), { index, partition: pk, limit, reverse });
          const what = `${index}, reverse ${reverse}, limit ${limit}`;
          expect(found, what).toHaveLength(Math.ceil(13 / limit));
          expect(
            found.slice(0, -1).every((page) => page.length === limit),
            what,
          ).toBe(true);
          expect(sortKeys(found.flat()).sort(), what).toEqual(all);
        }
      }
      const ranged = await pages(
        items(),
        index === "due"
          ? { index, partition: pk, from: 1, to: 2, limit: 3 }
          : { index, partition: pk, prefix: index === "main" ? "sk-0" : "same 0", limit: 3 },
      );
      expect(ranged.flat()).toHaveLength({ main: 10, gsi1: 8, due: 8 }[index]);
    }
  });

  it("goes on after the cursor although the item it stands on was deleted", async () => {
    const pk = partition();
    await items().write(["a", "b", "c"].map((sk): Write => ({ put: { pk, sk, data: {} } })));
    const first = await items().query({ index: "main", partition: pk, limit: 2 });
    await items().write([{ delete: { pk, sk: "b" } }]);
    const next = await items().query({ index: "main", partition: pk, limit: 2, cursor: first.cursor! });
    expect(sortKeys(next.items)).toEqual(["c"]);
  });

  it("fills a page although its items are large", async () => {
    const pk = partition();
    const keys = ["a", "b", "c", "d", "e"];
    for (const sk of keys) await items().write([{ put: { pk, sk, data: { text: "x".repeat(340_000) } } }]);
    const page = await items().query({ index: "main", partition: pk, limit: 5 });
    expect(sortKeys(page.items)).toEqual(keys);
    expect(page.cursor).toBeUndefined();
  });

  it("refuses cursors that it did not make", async () => {
    const pk = partition();
    await items().write(["a", "b"].map((sk): Write => ({ put: { pk, sk, gpk: pk, gsk: sk, data: {} } })));
    const { cursor } = await items().query({ index: "gsi1", partition: pk, limit: 1 });
    const bad = [
      "",
      "x",
      "%%%",
      Buffer.from("[1]").toString("base64url"),
      Buffer.from("{}").toString("base64url"),
      cursor!,
    ];
    for (const wrong of bad) {
      const answer = items().query({ index: "main", partition: pk, cursor: wrong });
      await expect(answer, wrong).rejects.toThrow(InvalidInputError);
    }
  });

  it("refuses queries that no driver could answer", async () => {
    const query = (rest: Partial<Query>) => items().query({ index: "main", partition: "p", ...rest });
    await expect(query({ limit: 0 })).rejects.toThrow(RangeError);
    await expect(query({ limit: 1001 })).rejects.toThrow(RangeError);
    await expect(query({ partition: "" })).rejects.toThrow(RangeError);
    await expect(query({ from: 1 })).rejects.toThrow(TypeError);
    await expect(query({ index: "due", from: "1" })).rejects.toThrow(TypeError);
    await expect(query({ prefix: "a", from: "a" })).rejects.toThrow(/prefix/);
  });
}
