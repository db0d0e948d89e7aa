import { type Items, ItemsConditionFailed } from "../../ports/items.ts";
import { queryAll } from "../../ports/query-all.ts";
import { recordType } from "../../ports/record.ts";

/*
 * Certificates of the keys that sign here. A key of KMS never leaves it, and what stands beside it on one machine, its
 * certificates, lies in the table: a row for each chain that was ever in use, so that what was signed under an earlier
 * one is still known as ours.
 */

export interface StoredChain {
  /** What the key is called. */
  readonly key: string;
  /** PEM, the key's own certificate first. */
  readonly pem: string;
}

const chainRecord = recordType<StoredChain>("chain of certificates", ["key", "pem"]);
const partition = "SIGNING";
/** Sorts before every time: one chain that is made, whoever needs it first. */
const madeKey = (key: string) => ({ pk: partition, sk: `0#${key}` });

/** All chains, the newest first. */
export async function readChains(items: Pick<Items, "query">): Promise<StoredChain[]> {
  const found = await queryAll(items, { index: "main", partition, reverse: true });
  return found.map((item) => chainRecord.read(item));
}

/**
 * Puts a chain to use: signers take it at their next start.
 * @param now - milliseconds since the epoch
 */
export async function addChain(items: Items, chain: StoredChain, now: number): Promise<void> {
  const sk = `1#${new Date(now).toISOString()}`;
  await items.write([{ put: { pk: partition, sk, data: chainRecord.write(chain) }, if: { absent: true } }]);
}

/** The chain that the key signs with now. */
export async function chainOf(items: Pick<Items, "query">, key: string): Promise<StoredChain | undefined> {
  return (await readChains(items)).find((chain) => chain.key === key);
}

/**
 * Puts a chain to use where the key has none yet.
 * @returns that chain, or the one that another process put there at the same moment
 */
export async function addFirstChain(items: Items, chain: StoredChain): Promise<StoredChain> {
  try {
    await items.write([{ put: { ...madeKey(chain.key), data: chainRecord.write(chain) }, if: { absent: true } }]);
    return chain;
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    return (await chainOf(items, chain.key))!;
  }
}
