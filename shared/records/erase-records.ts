import { type Item, type Items, ItemsConditionFailed } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { dayOf, proofPartition, proofShards, storedProof } from "./job-proof.ts";

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
  return erased;
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
