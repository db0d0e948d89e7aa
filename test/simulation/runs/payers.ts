import { ApiKeys } from "../../../shared/access/api-keys.ts";
import { Accounts } from "../../../shared/money/accounts.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";

/** An account that makes batches, and its key. */
export interface Payer {
  readonly accountId: string;
  readonly key: string;
  /** Whether its money ends before its batches do. */
  readonly isPoor: boolean;
  topUp(): Promise<void>;
}

/** Enough for all that is asked for; and for a few images. */
const plenty = 1_000_000_000;
const little = 3_000;

/** One account with money enough, and one whose batches must wait for more. */
export async function openPayers(dependencies: {
  readonly items: Items;
  readonly clock: Clock;
  readonly newId: () => string;
}): Promise<Payer[]> {
  const apiKeys = new ApiKeys(dependencies);
  const accounts = new Accounts(dependencies);
  const payers: Payer[] = [];
  for (const isPoor of [false, true]) {
    const { id: accountId } = await apiKeys.createAccount(isPoor ? "poor" : "rich");
    await accounts.credit(accountId, { amount: isPoor ? little : plenty, reference: "first" });
    const { value: key } = await apiKeys.createKey(accountId);
    const topUp = async () => {
      await accounts.credit(accountId, { amount: plenty, reference: "second" });
    };
    payers.push({ accountId, key, isPoor, topUp });
  }
  return payers;
}
