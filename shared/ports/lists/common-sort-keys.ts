import type { Items } from "../items.ts";

/** Rows of the first read of a partition and of each later one. */
const firstRead = 100;
const laterRead = 1_000;

/** How much one page may read, and where it ended for that reason. */
export class ReadLimit {
  #left: number;
  #stoppedAt: string | undefined;

  /** @param rows - the last read may go over it by its own size */
  constructor(rows: number) {
    this.#left = rows;
  }

  count(rows: number): void {
    this.#left -= rows;
  }

  get isReached(): boolean {
    return this.#left <= 0;
  }

  /** Everything above this key was looked at, and nothing below it; absent when the end was reached. */
  get stoppedAt(): string | undefined {
    return this.#stoppedAt;
  }

  /** @param isPassed - the key itself was looked at */
  stop(key: string, isPassed: boolean): void {
    // Sorts right above the key: no key of ours goes on with a tilde.
    this.#stoppedAt = isPassed ? key : `${key}~`;
  }
}

/** Sort keys, each once, that are read downwards. */
export interface SortKeys {
  /** The highest key that is not above `to` and was not passed. Callers never go up again. */
  seek(to: string): Promise<string | undefined>;
  /** Leaves a key behind that `seek` gave. */
  pass(key: string): void;
}

/**
 * The keys that all of these have, in descending order. Goes from one to the next and skips in each what the others do
 * not have, so that it costs about what the smallest one holds, and no more than `reads` allows.
 * @param sources - at least one, which count what they read
 * @param to - highest key, inclusive
 * @param reads - says where this stopped, if it did before the end
 */
export async function* commonSortKeys(
  sources: readonly SortKeys[],
  to: string,
  reads: ReadLimit,
): AsyncGenerator<string, void> {
  let bound = to;
  let agreeing = 0;
  let isPassed = false;
  for (let i = 0; ; i = (i + 1) % sources.length) {
    if (reads.isReached) return reads.stop(bound, isPassed);
    const key = await sources[i]!.seek(bound);
    if (key === undefined) return;
    agreeing = key === bound ? agreeing + 1 : 1;
    bound = key;
    isPassed = false;
    if (agreeing < sources.length) continue;
    yield key;
    for (const source of sources) source.pass(key);
    agreeing = 0;
    isPassed = true;
  }
}

export interface PartitionKeys {
  /** @default "main" */
  readonly index?: "main" | "gsi1";
  readonly partition: string;
  /** Lowest key, inclusive. */
  readonly from: string;
  /** Begin below this one. @default the highest */
  readonly after?: string;
  readonly reads: ReadLimit;
}

/** The sort keys of a partition. */
export function partitionKeys(
  items: Pick<Items, "query">,
  { index = "main", partition, from, after, reads }: PartitionKeys,
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
        const page = await items.query({ index, partition, from, to, reverse: true, limit: size });
        reads.count(page.items.length);
        keys = page.items.map(({ sk, gsk }) => (index === "main" ? sk : gsk!));
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

/** @param keys - in descending order */
export function listedKeys(keys: readonly string[], { after }: Pick<PartitionKeys, "after">): SortKeys {
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
