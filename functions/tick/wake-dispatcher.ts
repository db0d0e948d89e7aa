import type { Clock } from "../../shared/ports/clock.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { outboxNotice } from "../../shared/webhooks/announce-outbox.ts";
import { lanesDue, toldDue } from "../../shared/webhooks/webhook-outbox.ts";

/** Sends the webhook dispatcher a notice when outbox rows are due, in case the notice of their writer was lost. */
export async function wakeDispatcher(
  items: Pick<Items, "query">,
  { notices, clock }: { readonly notices: Pick<Queue, "send">; readonly clock: Pick<Clock, "now"> },
): Promise<void> {
  for (const partition of [lanesDue, toldDue]) {
    const due = await queryDue(items, partition, { to: clock.now(), limit: 1 });
    if (due.length > 0) return notices.send(outboxNotice);
  }
}
