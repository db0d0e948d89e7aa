import { expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Query } from "./items.ts";
import { queryAll, queryEach } from "./query-all.ts";

it("gives every item once and in order, over pages that are read when the loop comes to them", async () => {
  const items = openEmbeddedItems(":memory:");
  const keys = ["a", "b", "c", "d", "e"];
  await items.write(keys.map((sk) => ({ put: { pk: "p", sk, data: {} } })));
  let pages = 0;
  const counted = {
    query(query: Query) {
      pages++;
      return items.query(query);
    },
  };
  const seen: string[] = [];
  const pagesSeen: number[] = [];
  for await (const { sk } of queryEach(counted, { index: "main", partition: "p" }, 2)) {
    seen.push(sk);
    pagesSeen.push(pages);
  }
  expect(seen).toEqual(keys);
  expect(pagesSeen).toEqual([1, 1, 2, 2, 3]);

  const reversed = await queryAll(items, { index: "main", partition: "p", reverse: true, to: "d" });
  expect(reversed.map(({ sk }) => sk)).toEqual(["d", "c", "b", "a"]);
  expect(await queryAll(items, { index: "main", partition: "nobody's" })).toEqual([]);
  await items.close();
});
