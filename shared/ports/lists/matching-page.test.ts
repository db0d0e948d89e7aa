import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../embedded/items.ts";
import type { Item } from "../items.ts";
import { matchingPage } from "./matching-page.ts";

let items: ReturnType<typeof openEmbeddedItems>;
let reads: number;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  reads = 0;
});
afterEach(() => items.close());

async function put(count: number) {
  for (let n = 0; n < count; n++)
    await items.write([{ put: { pk: "P", sk: String(n).padStart(6, "0"), data: { n } } }]);
}

/** Every page of the rows whose number `wanted` accepts. */
async function pages(limit: number, wanted: (n: number) => boolean): Promise<number[][]> {
  const read = ({ data }: Item) => (wanted(Number(data.n)) ? Number(data.n) : undefined);
  const query: typeof items.query = (asked) => {
    reads++;
    return items.query(asked);
  };
  const all: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = await matchingPage({ query }, { index: "main", partition: "P", cursor }, { limit, read });
    all.push(page.found);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

describe("a page", () => {
  it("is full, or the last", async () => {
    await put(250);
    const rare = (n: number) => n % 50 === 0;
    expect(await pages(2, rare)).toEqual([[0, 50], [100, 150], [200]]);
    expect(reads).toBeLessThanOrEqual(5);
  });

  it("has no cursor when nothing that is asked for follows, however much else does", async () => {
    await put(1_300);
    expect(await pages(2, (n) => n < 2)).toEqual([[0, 1]]);
    expect(await pages(5, (n) => n === 1_299)).toEqual([[1_299]]);
    expect(await pages(5, () => false)).toEqual([[]]);
  });

  it("ends after so many rows, with a cursor to go on from", async () => {
    await put(2_500);
    const read = ({ data }: Item) => (data.n === 2_499 ? Number(data.n) : undefined);
    const page = (cursor?: string) =>
      matchingPage(items, { index: "main", partition: "P", cursor }, { limit: 5, read, mostRows: 1_000 });
    const first = await page();
    expect(first).toEqual({ found: [], cursor: expect.any(String) });
    const second = await page(first.cursor);
    expect([second.found, (await page(second.cursor)).found].flat()).toEqual([2_499]);
  });
});
