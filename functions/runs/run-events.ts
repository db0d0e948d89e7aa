import type { Items, Json, Write } from "../../shared/ports/items.ts";
import { readEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { type WebhookEventType, wantsEvent } from "../../shared/webhooks/webhook-event.ts";
import { jobMessageId, laneWrite, type OutboxRow, outboxItem } from "../../shared/webhooks/webhook-outbox.ts";
import { presentRun } from "../api/catalogue/present-run.ts";
import type { Run, RunStatus } from "./run.ts";

/** Events of a run's statuses; the others are passed through within moments. */
const events: { readonly [status in RunStatus]?: WebhookEventType } = {
  ready: "run.ready",
  paused: "run.paused",
  completed: "run.completed",
  failed: "run.failed",
  expired: "run.failed",
  canceled: "run.canceled",
};
/** Messages of progress in a whole run. */
const progressSteps = 20;

/**
 * Messages to the run's own webhook and the account's endpoints about a change of a catalogue run, to be written with
 * it.
 * @param version - of the run's item before the change: names the messages of this change alone
 */
export async function runEventWrites(
  items: Items,
  { before, after, version }: { readonly before: Run; readonly after: Run; readonly version: number },
  now: number,
): Promise<Write[]> {
  const eventTypes = after.face === "catalogue" ? eventsOf(before, after) : [];
  if (eventTypes.length === 0) return [];
  const { accountId } = after.identity;
  const receivers = [...ownReceivers(after), ...(await readEndpoints(items, accountId))];
  const payload = presentRun(after) as Json;
  const rows = eventTypes.flatMap((eventType) =>
    receivers
      .filter(({ events }) => wantsEvent(events, eventType))
      .map(({ id: endpointId, url, enabled }): OutboxRow => {
        const messageId = jobMessageId(after.id, `${eventType} ${version}`, endpointId);
        const status = enabled ? "pending" : "skipped";
        const message = { messageId, accountId, eventType, payload, endpointId, url };
        return { ...message, attempt: 0, status, createdAt: now };
      }),
  );
  const puts = rows.map((row): Write => ({ put: outboxItem(row) }));
  return [...puts, ...(rows.some(({ status }) => status === "pending") ? [laneWrite(accountId, now)] : [])];
}

function ownReceivers({ webhook }: Run) {
  return webhook === undefined ? [] : [{ ...webhook, id: undefined, enabled: true }];
}

function eventsOf(before: Run, after: Run): WebhookEventType[] {
  if (before.status !== after.status) {
    const event = events[after.status];
    const isToReview = after.status === "completed" && (after.catalogue?.toReview ?? 0) > 0;
    return [...(isToReview ? (["run.review_ready"] as const) : []), ...(event === undefined ? [] : [event])];
  }
  return after.status === "running" && progressOf(before) < progressOf(after) ? ["run.progress"] : [];
}

function progressOf({ completed, failed, total }: Run): number {
  return total === 0 ? 0 : Math.floor((progressSteps * (completed + failed)) / total);
}
