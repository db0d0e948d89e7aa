import { type Clock, systemClock } from "../ports/clock.ts";
import { addedAmounts, checkKey, checkQuery, checkWrites, cursorAfter, writeKey } from "../ports/item-rules.ts";
import {
  type Condition,
  type Item,
  type ItemKey,
  type Items,
  ItemsConditionFailed,
  type Page,
  type Query,
  type Write,
} from "../ports/items.ts";
import { EmbeddedDatabase } from "./database.ts";

type Row = {
  readonly pk: string;
  readonly sk: string;
  readonly gpk: string | null;
  readonly gsk: string | null;
  readonly due_pk: string | null;
  readonly due_at: number | null;
  readonly exp: number | null;
  readonly version: number;
  readonly data: string;
};

const indexColumns = {
  main: { partition: "pk", sort: ["sk"] },
  gsi1: { partition: "gpk", sort: ["gsk", "pk", "sk"] },
  due: { partition: "due_pk", sort: ["due_at", "pk", "sk"] },
} as const;

const selectRow = "SELECT * FROM items WHERE pk = ? AND sk = ?";
const upsertRow = `
  INSERT INTO items (pk, sk, gpk, gsk, due_pk, due_at, exp, version, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (pk, sk) DO UPDATE SET gpk = excluded.gpk, gsk = excluded.gsk, due_pk = excluded.due_pk,
    due_at = excluded.due_at, exp = excluded.exp, version = excluded.version, data = excluded.data`;
const deleteRow = "DELETE FROM items WHERE pk = ? AND sk = ?";
const deleteExpired = "DELETE FROM items WHERE rowid IN (SELECT rowid FROM items WHERE exp <= ? LIMIT ?)";
/** Rows a sweep deletes in one transaction: other writers wait for milliseconds, not for the whole sweep. */
const sweepBatch = 500;

export interface EmbeddedItems extends Items {
  /** Deletes items whose `exp` has passed; call it now and then. Returns how many. */
  sweepExpired(): Promise<number>;
  /**
   * Runs `work`, which only reads: all that it reads is of one moment, however long it takes and whatever others write
   * meanwhile. For a process that does nothing else with these items: its own writes would wait.
   */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
}

/** `items` in a SQLite file, which other processes may have open as well; `:memory:` for tests. */
export function openEmbeddedItems(file: string, { clock = systemClock }: { clock?: Clock } = {}): EmbeddedItems {
  return new SqliteItems(new EmbeddedDatabase(file), clock);
}

class SqliteItems implements EmbeddedItems {
  readonly #db: EmbeddedDatabase;
  readonly #clock: Clock;

  constructor(db: EmbeddedDatabase, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    const row = await this.#db.read(() => this.#row(key));
    return row && toItem(row);
  }

  async query(query: Query): Promise<Page> {
    const { index, partition, from, to, prefix, reverse = false, limit, after } = checkQuery(query);
    const columns = indexColumns[index];
    const sort = columns.sort[0];
    const where = [`${columns.partition} = ?`];
    const values: (string | number)[] = [partition];
    const restrict = (condition: string, ...bound: (string | number)[]) => {
      where.push(condition);
      values.push(...bound);
    };
    // SQLite searches with one bound each way. Where the page goes on from a cursor, that is the cursor: with the
    // range's own start it would go through everything before the page again.
    const goesOn = after !== undefined;
    if (from !== undefined && (reverse || !goesOn || after[0]! < from)) restrict(`${sort} >= ?`, from);
    if (to !== undefined && (!reverse || !goesOn || after[0]! > to)) restrict(`${sort} <= ?`, to);
    if (prefix) {
      // The bounds only keep the index scan short; substr decides.
      if (reverse || !goesOn || after[0]! < prefix) restrict(`${sort} >= ?`, prefix);
      if (!reverse || !goesOn) restrict(`${sort} <= ? || char(0x10FFFF, 0x10FFFF)`, prefix);
      restrict(`substr(${sort}, 1, length(?)) = ?`, prefix, prefix);
    }
    if (goesOn) restrict(`(${columns.sort}) ${reverse ? "<" : ">"} (${columns.sort.map(() => "?")})`, ...after);
    const order = columns.sort.map((column) => `${column} ${reverse ? "DESC" : "ASC"}`);
    const statement = `SELECT * FROM items WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT ?`;
    // One more than asked tells whether there is a next page.
    await this.#db.giveWay();
    const rows = await this.#db.read(() => this.#db.sql(statement).all(...values, limit + 1) as Row[]);
    const items = rows.slice(0, limit).map(toItem);
    return rows.length > limit ? { items, cursor: cursorAfter(index, items.at(-1)!) } : { items };
  }

  async write(writes: readonly Write[]): Promise<void> {
    checkWrites(writes);
    await this.#db.write(() => {
      const rows = writes.map((write) => this.#row(writeKey(write)));
      const failed = writes.flatMap((write, i) => (write.if && !holds(write.if, rows[i]) ? [i] : []));
      if (failed.length > 0) throw new ItemsConditionFailed(failed);
      writes.forEach((write, i) => {
        this.#apply(write, rows[i]);
      });
    });
  }

  async sweepExpired(): Promise<number> {
    const nowS = this.#clock.now() / 1000;
    for (let total = 0; ; ) {
      const { changes } = await this.#db.write(() => this.#db.sql(deleteExpired).run(nowS, sweepBatch));
      total += Number(changes);
      if (Number(changes) < sweepBatch) return total;
    }
  }

  snapshot<T>(work: () => Promise<T>): Promise<T> {
    return this.#db.snapshot(work);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  #row({ pk, sk }: ItemKey): Row | undefined {
    return this.#db.sql(selectRow).get(pk, sk) as Row | undefined;
  }

  #apply(write: Write, row: Row | undefined): void {
    const version = (row?.version ?? 0) + 1;
    if ("put" in write) {
      const { pk, sk, gpk = null, gsk = null, duePk = null, dueAt = null, exp = null, data } = write.put;
      this.#db.sql(upsertRow).run(pk, sk, gpk, gsk, duePk, dueAt, exp, version, JSON.stringify(data));
    } else if ("delete" in write) {
      this.#db.sql(deleteRow).run(write.delete.pk, write.delete.sk);
    } else if ("add" in write) {
      const { pk, sk } = write.add;
      const data = JSON.stringify(added(row, addedAmounts(write)));
      const { gpk = null, gsk = null, due_pk = null, due_at = null, exp = null } = row ?? {};
      this.#db.sql(upsertRow).run(pk, sk, gpk, gsk, due_pk, due_at, exp, version, data);
    }
  }
}

function holds(condition: Condition, row: Row | undefined): boolean {
  if ("absent" in condition) return row === undefined;
  if (row === undefined) return false;
  if ("version" in condition) return row.version === condition.version;
  const data: Item["data"] = JSON.parse(row.data);
  return ("every" in condition ? condition.every : [condition]).every((each) => {
    const value = data[each.attribute];
    if (typeof value !== "number") return false;
    return "atLeast" in each ? value >= each.atLeast : value <= each.atMost;
  });
}

function added(row: Row | undefined, amounts: { readonly [attribute: string]: number }): Item["data"] {
  const data: Item["data"] = row ? JSON.parse(row.data) : {};
  const sums = Object.entries(amounts).map(([attribute, amount]) => {
    const before = data[attribute] === undefined ? 0 : data[attribute];
    if (typeof before !== "number") {
      throw new TypeError(
        `cannot add to ${attribute} of ${row?.pk} ${row?.sk}: it holds ${JSON.stringify(before)}, not a number`,
      );
    }
    return [attribute, before + amount] as const;
  });
  return { ...data, ...Object.fromEntries(sums) };
}

function toItem({ pk, sk, gpk, gsk, due_pk, due_at, exp, version, data }: Row): Item {
  return {
    pk,
    sk,
    gpk: gpk ?? undefined,
    gsk: gsk ?? undefined,
    duePk: due_pk ?? undefined,
    dueAt: due_at ?? undefined,
    exp: exp ?? undefined,
    version,
    data: JSON.parse(data),
  };
}
