/**
 * The `items` port: small JSON records with conditional, atomic multi-item writes.
 * Drivers: `embedded/items.ts` (SQLite) and `aws/items.ts` (DynamoDB). A driver holds no rules of money or jobs;
 * those are domain code above (`job-store.ts`), written once over this port.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as written. Index attributes are optional: an item without them is not in that index (sparse). */
export interface ItemInput extends ItemKey {
  /** Index `gsi1`: partition and sort key. */
  readonly gpk?: string;
  readonly gsk?: string;
  /** Index `due`: partition, and the time it is due in milliseconds since the epoch. */
  readonly duePk?: string;
  readonly dueAt?: number;
  /** Time to live, **seconds** since the epoch (DynamoDB's unit). Expired items may be served until swept. */
  readonly exp?: number;
  readonly data: { readonly [key: string]: Json | undefined };
}

export interface Item extends ItemInput {
  /** 1 after the first put; each put with `if: { version }` raises it by one, each `add` too. Owned by the driver. */
  readonly version: number;
}

export type Condition =
  /** No item under this key. */
  | { readonly absent: true }
  /** The item exists with exactly this version. */
  | { readonly version: number }
  | NumberCondition
  /** All of these hold. */
  | { readonly every: readonly NumberCondition[] };

/** The item exists and its numeric `data[attribute]` is at least, or at most, this. */
export type NumberCondition =
  | { readonly attribute: string; readonly atLeast: number }
  | { readonly attribute: string; readonly atMost: number };

/**
 * A write that need not be atomic with the others of its call, and has no condition: a driver whose transactions cost
 * more writes it alone, before them, or after them when they have succeeded (it may then be lost, or an `add` count
 * twice).
 */
interface Apart {
  readonly apart?: "before" | "after";
}

export type Write =
  /** Store the whole item. Without a condition the last writer wins and the version rises by one. */
  | ({ readonly put: ItemInput; readonly if?: Condition } & Apart)
  /** Deleting what is not there is no error, unless a condition says otherwise. */
  | { readonly delete: ItemKey; readonly if?: Condition }
  | { readonly check: ItemKey; readonly if: Condition }
  /** Add `amount` (may be negative) to numeric `data[attribute]`, 0 when missing; creates the item when absent. */
  | { readonly add: ItemKey; readonly attribute: string; readonly amount: number; readonly if?: Condition }
  /** The same for several attributes of one item: at least one. */
  | ({
      readonly add: ItemKey;
      readonly amounts: { readonly [attribute: string]: number };
      readonly if?: Condition;
    } & Apart);

export interface Query {
  readonly index: "main" | "gsi1" | "due";
  /** Partition value of that index. */
  readonly partition: string;
  /** Sort key range, inclusive. On `due` the sort key is `dueAt` (numbers), elsewhere a string. */
  readonly from?: string | number;
  readonly to?: string | number;
  /** Sort key prefix (string indexes only); not together with from/to. */
  readonly prefix?: string;
  /** Descending by sort key. */
  readonly reverse?: boolean;
  /** @default 100, at most 1000 */
  readonly limit?: number;
  /** Opaque, from an earlier page. */
  readonly cursor?: string;
}

export interface Page {
  readonly items: Item[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** At most this many writes in one atomic call (DynamoDB's limit). */
export const maxWritesPerTransaction = 100;

/**
 * An atomic write was refused: nothing of it was stored. `failed` holds the indexes of writes whose condition did not
 * hold.
 */
export class ItemsConditionFailed extends Error {
  readonly failed: readonly number[];
  constructor(failed: readonly number[]) {
    super(`condition failed for write ${failed.join(", ")}`);
    this.name = "ItemsConditionFailed";
    this.failed = failed;
  }
}

export interface Items {
  /** Strongly consistent read. */
  get(key: ItemKey): Promise<Item | undefined>;
  /** `main` reads are strongly consistent, the two indexes may lag by moments on AWS. */
  query(query: Query): Promise<Page>;
  /**
   * All or nothing, durable on return. One key may appear once per call.
   * Drivers retry transaction conflicts between concurrent writers; a condition that does not hold is never retried.
   * @throws ItemsConditionFailed
   */
  write(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}
