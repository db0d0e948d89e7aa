import type { Items, Write } from "../ports/items.ts";
import type { Queue } from "../ports/queue.ts";
import { withMethods } from "../ports/with-methods.ts";
import { lanesDue } from "./webhook-outbox.ts";

/** The body of a notice to the dispatcher: rows of the outbox are due. */
export const outboxNotice = JSON.stringify({ v: 1, sweep: "deliveries" });

/**
 * The index that the dispatcher reads lags behind the write by moments: a notice that came sooner would find nothing.
 */
export const indexLagMs = 1_000;

/**
 * The items, with a notice to the webhook dispatcher after every write that makes rows of the outbox due, whatever they
 * tell of: a job, to its own webhook or to an account's endpoints, a low balance, a test, a replay. The notice is for
 * speed alone: the rows are durable by then, and the tick finds them. So one that cannot be sent is no failure of the
 * write.
 */
export function announceOutbox(
  items: Items,
  notices: Pick<Queue, "send">,
  onError: (error: unknown, accountId: string) => void,
): Items {
  return withMethods(items, {
    async write(writes) {
      await items.write(writes);
      const accountId = accountWithWork(writes);
      if (accountId === undefined) return;
      await notices.send(outboxNotice, { delayMs: indexLagMs }).catch((error: unknown) => onError(error, accountId));
    },
  });
}

/** The account whose lane the writes make due. */
function accountWithWork(writes: readonly Write[]): string | undefined {
  for (const write of writes) {
    if ("put" in write && write.put.duePk === lanesDue) return String(write.put.data.accountId);
  }
  return undefined;
}
