import { cursorAfter } from "../item-rules.ts";
import type { Item, Items, Query } from "../items.ts";

/** Rows of the first read and of each later one: a filter may pass few rows, so that one read fetches many. */
const firstRead = 100;
const laterRead = 1_000;

export interface Matching<T> {
  readonly limit: number;
  /** @returns `undefined` for a row that is not asked for */
  readonly read: (item: Item) => T | undefined;
  /** Every row is asked for, or nearly: one read brings the page. @default false */
  readonly isUnfiltered?: boolean;
  /**
   * A page that has read so many rows ends, full or not, with a cursor to go on from. For lists that callers follow by
   * their cursor, not until a page is empty. @default all that there are
   */
  readonly mostRows?: number;
}

/**
 * A page of the rows that are asked for. It is full, or the last one, or has read `mostRows`: else a cursor says that
 * at least one more follows, so that no page is ever empty but the only one.
 */
export async function matchingPage<T>(
  items: Pick<Items, "query">,
  query: Omit<Query, "limit">,
  { limit, read, isUnfiltered = false, mostRows = Number.POSITIVE_INFINITY }: Matching<T>,
): Promise<{ found: T[]; cursor?: string }> {
  const found: T[] = [];
  let last: Item | undefined;
  let { cursor } = query;
  let rows = 0;
  // One more than the page holds tells whether another follows.
  let size = isUnfiltered ? limit + 1 : Math.max(limit + 1, firstRead);
  do {
    const page = await items.query({ ...query, cursor, limit: size });
    for (const item of page.items) {
      const value = read(item);
      if (value === undefined) continue;
      if (found.length === limit) return { found, cursor: cursorAfter(query.index, last!) };
      found.push(value);
      last = item;
    }
    cursor = page.cursor;
    size = laterRead;
    rows += page.items.length;
    if (rows >= mostRows) return { found, cursor };
  } while (cursor !== undefined);
  return { found };
}
