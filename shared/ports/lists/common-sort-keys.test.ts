import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { openEmbeddedItems } from "../../embedded/items.ts";
import { withMethods } from "../with-methods.ts";
import { commonSortKeys, listedKeys, partitionKeys } from "./common-sort-keys.ts";

const listed = (...keys: string[]) => listedKeys(keys, {});

it("gives the keys that all have, downwards, each once", async () => {
  expect(
    await collect(commonSortKeys([listed("f", "e", "c", "a"), listed("e", "d", "c"), listed("e", "c")], "z")),
  ).toEqual(["e", "c"]);
  expect(await collect(commonSortKeys([listed("b", "a")], "a"))).toEqual(["a"]);
  expect(await collect(commonSortKeys([listed("b"), listed("a")], "z"))).toEqual([]);
});

it("begins below the key that was shown last", async () => {
  const after = { after: "e" };
  expect(await collect(commonSortKeys([listedKeys(["e", "c"], after), listedKeys(["e", "c"], after)], "e"))).toEqual([
    "c",
  ]);
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
  const long = partitionKeys(items, { partition: "long", from: "" });
  expect(await collect(commonSortKeys([long, listed("02990", "02980")], "99999"))).toEqual(["02990", "02980"]);
  expect(read).toBeLessThanOrEqual(1_100);
  await store.close();
});
