import { expect, it } from "vitest";
import { type Page, Pages } from "./pages.ts";

const pages: { readonly [cursor: string]: Page<number> } = {
  first: { data: [1, 2], next_cursor: "b" },
  b: { data: [], next_cursor: "c" },
  c: { data: [3], next_cursor: null },
};

function open() {
  const asked: (string | undefined)[] = [];
  const list = new Pages(async (cursor) => {
    asked.push(cursor);
    return pages[cursor ?? "first"]!;
  });
  return { list, asked };
}

it("reads page after page, over an empty one, as far as it is read", async () => {
  const { list, asked } = open();
  const read: number[] = [];
  for await (const item of list) {
    read.push(item);
    if (item === 1) expect(asked, "no page ahead of its time").toEqual([undefined]);
  }
  expect([read, asked]).toEqual([
    [1, 2, 3],
    [undefined, "b", "c"],
  ]);
});

it("gives one page", async () => {
  const { list, asked } = open();
  expect(await list.page("c")).toEqual(pages.c);
  expect(asked).toEqual(["c"]);
});
