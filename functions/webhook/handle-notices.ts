import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/process/log.ts";
import { outboxNotice, parseNamedNotice } from "../../shared/webhooks/announce-outbox.ts";
import type { DeliveryDispatcher } from "./dispatch-deliveries.ts";

/** The part of Lambda's SQS event that is read. */
export interface NoticeEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export interface NoticeResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Passes of one invocation end here, so that it is over well before its own time-out. */
const maxMs = 20_000;
/** Between two passes when the rows that are left wait for what another invocation has under way. */
const pauseMs = 250;

/**
 * Serve a batch of notices: the rows that they name are begun; one that names none means that the outbox has rows that
 * are due, and all due rows are taken. The rows are the truth and the notices only wake us, so one that is handed back
 * (unreadable, or the outbox could not be read) costs no delivery: it comes again and ends in the dead-letter queue,
 * where an operator can inspect it.
 */
export async function handleNotices(
  { Records }: NoticeEvent,
  {
    dispatcher,
    clock,
    log,
  }: {
    readonly dispatcher: Pick<DeliveryDispatcher, "startDue" | "startNamed" | "settled">;
    readonly clock: Clock;
    readonly log: Log;
  },
): Promise<NoticeResult> {
  const failed = (record: { readonly messageId: string }) => ({ itemIdentifier: record.messageId });
  // Workers of an earlier image name the job.
  const isGeneral = (body: string) => body === outboxNotice || !("problem" in parseJobMessage(body));
  const takesDue = Records.some(({ body }) => isGeneral(body));
  let named = Records.flatMap(({ body }) => parseNamedNotice(body) ?? []);
  const unreadable = Records.filter(({ body }) => parseNamedNotice(body) === undefined && !isGeneral(body));
  for (const { messageId } of unreadable) log("warn", "unreadable message in the notice queue", { messageId });
  if (unreadable.length === Records.length) return { batchItemFailures: unreadable.map(failed) };
  try {
    const until = clock.now() + maxMs;
    for (;;) {
      named = await dispatcher.startNamed(named);
      const isLeft = takesDue && (await dispatcher.startDue());
      if (!isLeft && named.length === 0) break;
      if (!(await dispatcher.settled())) await clock.sleep(pauseMs);
      if (clock.now() >= until) break;
    }
    await dispatcher.settled();
    return { batchItemFailures: unreadable.map(failed) };
  } catch (error) {
    log("error", "failed to read the webhook outbox", { error: String(error) });
    return { batchItemFailures: Records.map(failed) };
  }
}
