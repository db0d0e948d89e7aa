import { randomUUID } from "node:crypto";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { dayOf, jobIdOfProof, proofKey, proofPartition, proofShards, storedProof } from "./job-proof.ts";

/**
 * Erases the texts of an account's records: what is left of each is its key, its digest in the chain, and when it was
 * erased. Reads all records of these days.
 * @param now - milliseconds since the epoch
 * @returns how many were erased
 */
export async function eraseRecords(
  items: Items,
  {
    account,
    from,
    to,
    now,
  }: { readonly account: string; readonly from: string; readonly to: string; readonly now: number },
): Promise<number> {
  let erased = 0;
  for (let at = Date.parse(from); dayOf(at) <= to; at += 86_400_000) {
    for (let shard = 0; shard < proofShards; shard++) {
      const query = { index: "main", partition: proofPartition(dayOf(at), shard) } as const;
      for await (const item of queryEach(items, query)) {
        const { text } = storedProof.read(item);
        if (text === undefined || (JSON.parse(text) as { readonly account?: string }).account !== account) continue;
        if (await eraseText(items, item, now)) erased++;
      }
    }
  }
  if (erased > 0) await items.write([erasureWrite(erased, now)]);
  return erased;
}

/** Longer than any record is kept. */
const erasureKeptS = 31 * 366 * 86_400;

/** Begins the id of a record that says how many records were erased, in the place of a job's. */
const erasurePrefix = "erasure_";

/**
 * The record of an erasure, chained like that of a job: without it, whoever can write to the store could mark a record
 * as erased, and nobody would see that it was taken away. Of whom is not said.
 */
function erasureWrite(records: number, now: number): Write {
  const id = `${erasurePrefix}${randomUUID()}`;
  const text = JSON.stringify({ v: 1, erasure: id, records, at: new Date(now).toISOString() });
  const exp = Math.floor(now / 1_000) + erasureKeptS;
  return { put: { ...proofKey(id, now), exp, data: storedProof.write({ text }) }, if: { absent: true } };
}

/** How many records were erased, by a record that says so; 0 for any other. @param sk - its key */
export function erasedBy(sk: string, text: string): number {
  if (!jobIdOfProof(sk).startsWith(erasurePrefix)) return 0;
  return (JSON.parse(text) as { readonly records: number }).records;
}

/** @returns false where somebody else changed it meanwhile */
async function eraseText(items: Items, { version, ...item }: Item, now: number): Promise<boolean> {
  try {
    await items.write([{ put: { ...item, data: storedProof.write({ erasedAt: now }) }, if: { version } }]);
    return true;
  } catch (error) {
    if (error instanceof ItemsConditionFailed) return false;
    throw error;
  }
}
