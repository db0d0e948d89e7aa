import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/**
 * Capacity as DynamoDB counts it on demand: writes in units of 1 KB, reads in units of 4 KB, an item by the bytes of
 * its names and values. `test/conformance/aws-capacity.test.ts` compares it with DynamoDB Local's own counts.
 */

export type AttributeMap = Readonly<Record<string, AttributeValue>>;

export const indexNames = ["gsi1", "due"] as const;
export type IndexName = (typeof indexNames)[number];

/** Key attributes of the table and its indexes. */
export const keyAttributes = {
  main: { partition: "pk", sort: "sk" },
  gsi1: { partition: "gpk", sort: "gsk" },
  due: { partition: "duePk", sort: "dueAt" },
} as const;

/** What an index holds of an item: all of it, or its keys alone. */
export type Projection = "ALL" | "KEYS_ONLY";

export function itemBytes(item: AttributeMap): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

/** @see DynamoDB's developer guide, "Item sizes and formats" */
function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.L !== undefined) return value.L.reduce((sum, part) => sum + 1 + valueBytes(part), 3);
  if (value.M !== undefined) {
    return Object.entries(value.M).reduce(
      (sum, [name, part]) => sum + 1 + Buffer.byteLength(name) + valueBytes(part),
      3,
    );
  }
  return 1;
}

/** A byte for every two significant digits, one more, and one for the sign. */
function numberBytes(text: string): number {
  const [mantissa = ""] = text.toLowerCase().split("e");
  const digits = mantissa.replace(/[-+.]/g, "").replace(/^0+|0+$/g, "").length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}

export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

/** Entry of an item in an index; `undefined` for an item that lacks one of the index's keys. */
export function indexEntry(item: AttributeMap | undefined, index: IndexName, projection: Projection) {
  const { partition, sort } = keyAttributes[index];
  if (item?.[partition] === undefined || item[sort] === undefined) return undefined;
  if (projection === "ALL") return item;
  const { pk, sk } = item;
  return { pk: pk!, sk: sk!, [partition]: item[partition], [sort]: item[sort] };
}

export interface IndexWrite {
  readonly partition: string;
  readonly units: number;
}

/**
 * Writes that a change of an item causes in an index: none where its entry stays the same, one where the entry changes
 * under the same key, and where its key changes one for the entry that goes and one for that which comes. They follow
 * the commit, so a transaction does not double them.
 */
export function indexWrites(
  index: IndexName,
  projection: Projection,
  before: AttributeMap | undefined,
  after: AttributeMap | undefined,
): IndexWrite[] {
  const { partition, sort } = keyAttributes[index];
  const [old, next] = [indexEntry(before, index, projection), indexEntry(after, index, projection)];
  const write = (entry: AttributeMap, bytes = itemBytes(entry)) => ({
    partition: entry[partition]!.S!,
    units: writeUnits(bytes),
  });
  if (old === undefined || next === undefined) return [old, next].flatMap((entry) => (entry ? [write(entry)] : []));
  const same = (a: AttributeValue | undefined, b: AttributeValue | undefined) =>
    JSON.stringify(a) === JSON.stringify(b);
  if (!same(old[partition], next[partition]) || !same(old[sort], next[sort])) return [write(old), write(next)];
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  if ([...names].every((name) => same(old[name], next[name]))) return [];
  return [write(next, Math.max(itemBytes(old), itemBytes(next)))];
}
