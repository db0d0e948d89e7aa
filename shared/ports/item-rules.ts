import type { Item } from "./items.ts";
import { type Condition, type ItemKey, maxWritesPerTransaction, type Query, type Write } from "./items.ts";
import { type CursorPosition, decodeCursor, encodeCursor } from "./page-cursor.ts";

/**
 * Rules that every `items` driver checks before I/O, so that code that runs on SQLite also runs on DynamoDB.
 * Breaking one of these is a bug of the caller: plain errors, nothing to retry.
 */

/** DynamoDB: 400 KB an item in its own counting; JSON text of this size stays below it. */
const maxItemBytes = 350_000;
/** DynamoDB: 4 MB a transaction. */
const maxTransactionBytes = 4_000_000;
const maxPartitionKeyBytes = 2048;
const maxSortKeyBytes = 1024;

export function writeKey(write: Write): ItemKey {
  if ("put" in write) return write.put;
  if ("delete" in write) return write.delete;
  if ("check" in write) return write.check;
  return write.add;
}

/** Amounts that an `add` adds, by attribute. */
export function addedAmounts(write: Extract<Write, { add: ItemKey }>): { readonly [attribute: string]: number } {
  return "amounts" in write ? write.amounts : { [write.attribute]: write.amount };
}

export function checkWrites(writes: readonly Write[]): void {
  if (writes.length < 1 || writes.length > maxWritesPerTransaction) {
    throw new RangeError(`an atomic write takes 1 to ${maxWritesPerTransaction} writes, got ${writes.length}`);
  }
  const seen = new Set<string>();
  let transactionBytes = 0;
  for (const write of writes) {
    const key = writeKey(write);
    checkKey(key);
    const id = JSON.stringify([key.pk, key.sk]);
    if (seen.has(id)) throw new Error(`one key may appear once per atomic write, ${id} appears twice`);
    seen.add(id);
    if (write.if) checkCondition(write.if);
    if ("apart" in write && write.apart && write.if) throw new Error(`${id}: a write apart has no condition`);
    if ("put" in write) {
      const { gpk, gsk, duePk, dueAt, exp, data } = write.put;
      if ((gpk === undefined) !== (gsk === undefined)) throw new Error(`${id}: gpk and gsk go together`);
      if ((duePk === undefined) !== (dueAt === undefined)) throw new Error(`${id}: duePk and dueAt go together`);
      if (gpk !== undefined) checkKeyPart("gpk", gpk, maxPartitionKeyBytes);
      if (gsk !== undefined) checkKeyPart("gsk", gsk, maxSortKeyBytes);
      if (duePk !== undefined) checkKeyPart("duePk", duePk, maxPartitionKeyBytes);
      if (dueAt !== undefined) checkNumber(`${id}: dueAt`, dueAt);
      if (exp !== undefined) checkNumber(`${id}: exp`, exp);
      const itemBytes = Buffer.byteLength(JSON.stringify(data, refuseWhatJsonLoses));
      if (itemBytes > maxItemBytes) {
        throw new RangeError(
          `${id}: data is ${itemBytes} bytes of JSON, at most ${maxItemBytes}; keep big values in objects`,
        );
      }
      transactionBytes += itemBytes;
    } else if ("add" in write) {
      const amounts = Object.entries(addedAmounts(write));
      if (amounts.length === 0) throw new Error(`${id}: an add needs at least one attribute`);
      for (const [attribute, amount] of amounts) checkNumber(`${id}: amount of ${attribute}`, amount);
    }
  }
  if (transactionBytes > maxTransactionBytes) {
    throw new RangeError(`an atomic write takes ${maxTransactionBytes} bytes of JSON, got ${transactionBytes}`);
  }
}

export function checkKey({ pk, sk }: ItemKey): void {
  checkKeyPart("pk", pk, maxPartitionKeyBytes);
  checkKeyPart("sk", sk, maxSortKeyBytes);
}

/** The query with its defaults, and the position its cursor stands for. */
export function checkQuery(query: Query): Query & { readonly limit: number; readonly after?: CursorPosition } {
  const { index, partition, from, to, prefix, limit = 100, cursor } = query;
  checkKeyPart("partition", partition, maxPartitionKeyBytes);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new RangeError(`limit must be 1 to 1000, got ${limit}`);
  const wanted = index === "due" ? "number" : "string";
  for (const bound of [from, to]) {
    if (bound !== undefined && typeof bound !== wanted) {
      throw new TypeError(`index ${index} is sorted by ${wanted}s, got ${JSON.stringify(bound)}`);
    }
  }
  if (prefix !== undefined && (index === "due" || from !== undefined || to !== undefined)) {
    throw new Error("prefix is for string indexes, and not together with from or to");
  }
  if (cursor === undefined) return { ...query, limit };
  return { ...query, limit, after: decodeCursor(cursor, index === "main" ? ["string"] : [wanted, "string", "string"]) };
}

/** Cursor of the page that follows `item`. */
export function cursorAfter(index: Query["index"], { pk, sk, gsk, dueAt }: Item): string {
  if (index === "main") return encodeCursor([sk]);
  return encodeCursor([(index === "gsi1" ? gsk : dueAt)!, pk, sk]);
}

function checkCondition(condition: Condition): void {
  if ("version" in condition) checkNumber("version", condition.version);
  else if ("every" in condition) {
    if (condition.every.length === 0) throw new Error("a condition needs at least one number to compare");
    for (const each of condition.every) checkCondition(each);
  } else if ("attribute" in condition) {
    checkNumber(condition.attribute, "atLeast" in condition ? condition.atLeast : condition.atMost);
  }
}

function checkKeyPart(name: string, value: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes < 1 || bytes > maxBytes || !value.isWellFormed() || value.includes("\0")) {
    throw new RangeError(
      `${name} must be 1 to ${maxBytes} bytes of well-formed text without NUL, got ${bytes}: ` +
        `${JSON.stringify(value.slice(0, 80))}`,
    );
  }
}

/** DynamoDB keeps 38 decimal digits between 1e-130 and 1e126: every double in that range is exact there. */
function checkNumber(name: string, value: number): void {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e126 || (size !== 0 && size < 1e-130)) {
    throw new RangeError(`${name} must be 0 or a number of size 1e-130 to 1e126, got ${value}`);
  }
}

function refuseWhatJsonLoses(key: string, value: unknown): unknown {
  if (typeof value === "number") checkNumber(key, value);
  return value;
}
