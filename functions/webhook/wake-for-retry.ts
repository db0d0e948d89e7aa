import type { Clock } from "../../shared/ports/clock.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { maxDelayMs } from "../../shared/ports/queue-rules.ts";
import type { Log } from "../../shared/process/log.ts";
import { indexLagMs, outboxNotice } from "../../shared/webhooks/announce-outbox.ts";

/**
 * A notice to the dispatcher itself, to come when a failed attempt is due again: the tick, which finds later ones,
 * looks once a minute. One that cannot be sent is left to the tick too.
 */
export async function wakeForRetry(
  at: number,
  {
    notices,
    clock,
    log,
  }: {
    readonly notices: Pick<Queue, "send">;
    readonly clock: Clock;
    readonly log: Log;
  },
): Promise<void> {
  const delayMs = at - clock.now() + indexLagMs;
  if (delayMs > maxDelayMs) return;
  await notices
    .send(outboxNotice, { delayMs: Math.max(0, delayMs) })
    .catch((error: unknown) => log("warn", "failed to wake the dispatcher for a retry", { error: String(error) }));
}
