import { type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import type { Queue } from "../ports/queue.ts";
import { withMethods } from "../ports/with-methods.ts";
import { deliveriesDue, isLaneWrite, toldItem } from "./webhook-outbox.ts";

/** The body of a notice to the dispatcher: rows of the outbox are due. */
export const outboxNotice = JSON.stringify({ v: 1, sweep: "deliveries" });

/**
 * The index that the dispatcher reads lags behind the write by moments: a notice that came sooner would find nothing.
 */
export const indexLagMs = 1_000;

/** The body of a notice that names the rows: they are read by their keys, which lag behind nothing. */
export function namedNotice(messageIds: readonly string[]): string {
  return JSON.stringify({ v: 1, deliveries: messageIds });
}

/** @returns the rows that a notice names; `undefined` for a body that is no such notice */
export function parseNamedNotice(body: string): readonly string[] | undefined {
  try {
    const { v, deliveries } = JSON.parse(body) as { readonly v?: unknown; readonly deliveries?: unknown };
    return v === 1 && Array.isArray(deliveries) && deliveries.every((id) => typeof id === "string")
      ? deliveries
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The items, with a notice to the webhook dispatcher after every write that makes rows of the outbox due, whatever they
 * tell of: a job, to its own webhook or to an account's endpoints, a low balance, a test, a replay. The dispatcher
 * begins the rows that the notice names, so they need no place in their account's queue, which every message would have
 * to enter and leave: they are written to be due when that attempt should be over, and the tick takes over those that
 * are still there then. So a notice that cannot be sent is no failure of the write.
 */
export function announceOutbox(
  items: Items,
  notices: Pick<Queue, "send">,
  onError: (error: unknown, accountId: string) => void,
): Items {
  return withMethods(items, {
    async write(writes) {
      const rows = writes.flatMap((write) => rowOf(write) ?? []);
      const [first] = rows;
      if (first === undefined) return items.write(writes);
      await writeTold(items, writes);
      await notices
        .send(namedNotice(rows.map(({ messageId }) => messageId)))
        .catch((error: unknown) => onError(error, first.accountId));
    },
  });
}

/** The message of a row that is due. */
function rowOf(write: Write): { readonly messageId: string; readonly accountId: string } | undefined {
  if (!("put" in write)) return undefined;
  const { messageId, accountId } = write.put.data;
  if (typeof messageId !== "string" || typeof accountId !== "string") return undefined;
  return write.put.duePk === deliveriesDue(accountId) ? { messageId, accountId } : undefined;
}

/** @throws ItemsConditionFailed with the indexes of `writes` */
async function writeTold(items: Items, writes: readonly Write[]): Promise<void> {
  const kept = writes.flatMap((write, index) => (isLaneWrite(write) ? [] : [index]));
  const told = kept.map((index) => {
    const write = writes[index]!;
    return "put" in write && rowOf(write) !== undefined ? { ...write, put: toldItem(write.put) } : write;
  });
  try {
    await items.write(told);
  } catch (error) {
    throw error instanceof ItemsConditionFailed
      ? new ItemsConditionFailed(error.failed.map((index) => kept[index]!))
      : error;
  }
}
