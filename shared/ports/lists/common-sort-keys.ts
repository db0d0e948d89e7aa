import type { Items } from "../items.ts";

/** Rows of the first read of a partition and of each later one. */
const firstRead = 100;
const laterRead = 1_000;

/** Sort keys, each once, that are read downwards. */
export interface SortKeys {
  /** The highest key that is not above `to` and was not passed. Callers never go up again. */
  seek(to: string): Promise<string | undefined>;
  /** Leaves a key behind that `seek` gave. */
  pass(key: string): void;
}

/**
 * The keys that all of these have, in descending order. Goes from one to the next and skips in each what the others do
 * not have, so that it costs about what the smallest one holds.
 * @param sources - at least one
 * @param to - highest key, inclusive
 */
export async function* commonSortKeys(sources: readonly SortKeys[], to: string): AsyncGenerator<string, void> {
  let bound = to;
  let agreeing = 0;
  for (let i = 0; ; i = (i + 1) % sources.length) {
    const key = await sources[i]!.seek(bound);
    if (key === undefined) return;
    agreeing = key === bound ? agreeing + 1 : 1;
    bound = key;
    if (agreeing < sources.length) continue;
    yield key;
    for (const source of sources) source.pass(key);
    agreeing = 0;
  }
}

/**
 * The sort keys of a partition of the main index.
 * @param from - lowest key, inclusive
 * @param after - begin below this one. @default the highest
 */
export function partitionKeys(
  items: Pick<Items, "query">,
  { partition, from, after }: { readonly partition: string; readonly from: string; readonly after?: string },
): SortKeys {
  let keys: readonly string[] = [];
  let at = 0;
  let passed = after;
  let isLast = false;
  let size = firstRead;
  return {
    async seek(to) {
      for (;;) {
        while (at < keys.length && (keys[at]! > to || keys[at] === passed)) at++;
        if (at < keys.length) return keys[at];
        // DynamoDB refuses a range that ends before it begins.
        if (isLast || to < from) return undefined;
        const page = await items.query({ index: "main", partition, from, to, reverse: true, limit: size });
        keys = page.items.map(({ sk }) => sk);
        at = 0;
        isLast = page.cursor === undefined;
        size = laterRead;
      }
    },
    pass(key) {
      passed = key;
    },
  };
}

/** @param keys - in descending order @param after - as of `partitionKeys` */
export function listedKeys(keys: readonly string[], { after }: { readonly after?: string }): SortKeys {
  let at = 0;
  let passed = after;
  return {
    async seek(to) {
      while (at < keys.length && (keys[at]! > to || keys[at] === passed)) at++;
      return keys[at];
    },
    pass(key) {
      passed = key;
    },
  };
}
