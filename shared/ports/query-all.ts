import type { Item, Items, Query } from "./items.ts";

type WholeQuery = Omit<Query, "cursor" | "limit">;

/** The most a driver takes. */
const pageSize = 1_000;

/** Every item of a query; a page is read when the loop comes to it. @param limit - items per page */
export async function* queryEach(
  items: Pick<Items, "query">,
  query: WholeQuery,
  limit = pageSize,
): AsyncGenerator<Item, void> {
  let cursor: string | undefined;
  do {
    const page = await items.query({ ...query, limit, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The same as a list, for partitions that are known to be small. */
export async function queryAll(items: Pick<Items, "query">, query: WholeQuery): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of queryEach(items, query)) found.push(item);
  return found;
}
