import type { Job } from "../job.ts";
import type { ItemKey, Items, Write } from "../ports/items.ts";
import { readEndpoints } from "../webhooks/webhook-endpoints.ts";
import { wantsEvent } from "../webhooks/webhook-event.ts";
import { jobMessageId, laneWrite, outboxItem } from "../webhooks/webhook-outbox.ts";
import { decimalAmount } from "./decimal-amount.ts";
import { accountPartition, balanceKey } from "./ledger.ts";

/** Exists once the low balance has been announced, so that endpoints get one message each time the money runs low. */
export const lowBalanceKey = (accountId: string): ItemKey => ({ pk: accountPartition(accountId), sk: "LOW_BALANCE" });

export interface LowBalanceMessages {
  /** To be written with the hold. */
  readonly writes: readonly Write[];
  /**
   * The hold must find at least so much: with less, because other jobs came at the same moment, there is something to
   * tell.
   */
  readonly atLeast?: number;
}

/**
 * `balance.low` to the account's endpoints, when holding the price of this job takes the spendable money below
 * `lowBalance`. Jobs of the same moment send one message.
 */
export async function lowBalanceMessages(
  items: Items,
  { id: jobId, accountId, price }: Job,
  lowBalance: number | undefined,
  now: number,
): Promise<LowBalanceMessages> {
  if (lowBalance === undefined || price === undefined) return { writes: [] };
  const before = Number((await items.get(balanceKey(accountId)))?.data.available ?? 0);
  const available = before - price.amount;
  if (available >= lowBalance) return { writes: [], atLeast: before > 0 ? lowBalance + price.amount : undefined };
  if ((await items.get(lowBalanceKey(accountId))) !== undefined) return { writes: [] };
  const eventType = "balance.low";
  const payload = {
    object: "balance",
    account_id: accountId,
    available,
    available_decimal: decimalAmount(available),
    low_balance: lowBalance,
    low_balance_decimal: decimalAmount(lowBalance),
    currency: price.currency,
  };
  const receivers = (await readEndpoints(items, accountId)).filter(({ events }) => wantsEvent(events, eventType));
  const rows = receivers.map(({ id: endpointId, url, enabled }): Write => {
    const messageId = jobMessageId(jobId, eventType, endpointId);
    const status = enabled ? "pending" : "skipped";
    const row = {
      messageId,
      accountId,
      eventType,
      payload,
      endpointId,
      url,
      attempt: 0,
      status,
      createdAt: now,
    } as const;
    return { put: outboxItem(row), if: { absent: true } };
  });
  const writes: Write[] = [
    { put: { ...lowBalanceKey(accountId), data: { at: now, jobId } }, if: { absent: true } },
    ...rows,
    ...(receivers.some(({ enabled }) => enabled) ? [laneWrite(accountId, now)] : []),
  ];
  return { writes };
}
