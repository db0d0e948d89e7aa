import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { openEmbeddedItems } from "../../embedded/items.ts";
import { withMethods } from "../with-methods.ts";
import { commonSortKeys, listedKeys, partitionKeys, ReadLimit, type SortKeys } from "./common-sort-keys.ts";

const common = (sources: readonly SortKeys[], to: string, reads = new ReadLimit(10_000)) =>
  collect(commonSortKeys(sources, to, reads));
const listed = (...keys: string[]) => listedKeys(keys, {});

it("gives the keys that all have, downwards, each once", async () => {
  expect(await common([listed("f", "e", "c", "a"), listed("e", "d", "c"), listed("e", "c")], "z")).toEqual(["e", "c"]);
  expect(await common([listed("b", "a")], "a")).toEqual(["a"]);
  expect(await common([listed("b"), listed("a")], "z")).toEqual([]);
});

it("begins below the key that was shown last", async () => {
  const after = { after: "e" };
  expect(await common([listedKeys(["e", "c"], after), listedKeys(["e", "c"], after)], "e")).toEqual(["c"]);
});

it("reads a long partition only as far as a short one goes", async () => {
  const store = openEmbeddedItems(":memory:");
  const name = (i: number) => String(i).padStart(5, "0");
  for (let first = 0; first < 3_000; first += 50) {
    await store.write(Array.from({ length: 50 }, (_, i) => ({ put: { pk: "long", sk: name(first + i), data: {} } })));
  }
  let read = 0;
  const items = withMethods(store, {
    async query(query) {
      const page = await store.query(query);
      read += page.items.length;
      return page;
    },
  });
  const long = partitionKeys(items, { partition: "long", from: "", reads: new ReadLimit(10_000) });
  expect(await common([long, listed("02990", "02980")], "99999")).toEqual(["02990", "02980"]);
  expect(read).toBeLessThanOrEqual(1_100);
  await store.close();
});

it("stops once so many rows are read, where the next request goes on without loss", async () => {
  const items = openEmbeddedItems(":memory:");
  const name = (i: number) => String(i).padStart(5, "0");
  for (const pk of ["even", "odd"]) {
    for (let first = 0; first < 3_000; first += 50) {
      const put = (i: number) => ({ put: { pk, sk: name(2 * (first + i) + (pk === "odd" ? 1 : 0)), data: {} } });
      await items.write(Array.from({ length: 50 }, (_, i) => put(i)));
    }
  }
  // The only two keys that both have: the last but ten, and the first.
  for (const sk of [name(5_990), name(0)]) await items.write([{ put: { pk: "odd", sk, data: {} } }]);
  const found: string[] = [];
  let after: string | undefined;
  let requests = 0;
  do {
    const reads = new ReadLimit(500);
    const keys = ["even", "odd"].map((partition) => partitionKeys(items, { partition, from: "", after, reads }));
    found.push(...(await common(keys, after ?? "99999", reads)));
    after = reads.stoppedAt;
    requests++;
  } while (after !== undefined);
  expect(found).toEqual([name(5_990), name(0)]);
  // A request reads its 500 rows, and at most one page of a thousand more.
  expect(requests).toBeGreaterThan(3);
  await items.close();
});
