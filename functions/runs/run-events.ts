import type { Items, Json, Write } from "../../shared/ports/items.ts";
import { readEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { type WebhookEventType, wantsEvent } from "../../shared/webhooks/webhook-event.ts";
import { jobMessageId, laneWrite, outboxItem } from "../../shared/webhooks/webhook-outbox.ts";
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
 * Messages to the account's endpoints about a change of a catalogue run, to be written with it.
 * @param version - of the run's item before the change: names the messages of this change alone
 */
export async function runEventWrites(
  items: Items,
  { before, after, version }: { readonly before: Run; readonly after: Run; readonly version: number },
  now: number,
): Promise<Write[]> {
  const eventType = eventOf(before, after);
  if (after.face !== "catalogue" || eventType === undefined) return [];
  const { accountId } = after.identity;
  const endpoints = await readEndpoints(items, accountId);
  const receivers = endpoints.filter((endpoint) => wantsEvent(endpoint.events, eventType));
  if (receivers.length === 0) return [];
  const payload = presentRun(after) as Json;
  const rows = receivers.map(({ id: endpointId, url, enabled }): Write => {
    const messageId = jobMessageId(after.id, `${eventType} ${version}`, endpointId);
    const status = enabled ? "pending" : "skipped";
    const message = { messageId, accountId, eventType, payload, endpointId, url };
    return { put: outboxItem({ ...message, attempt: 0, status, createdAt: now }) };
  });
  return [...rows, ...(receivers.some(({ enabled }) => enabled) ? [laneWrite(accountId, now)] : [])];
}

function eventOf(before: Run, after: Run): WebhookEventType | undefined {
  if (before.status !== after.status) return events[after.status];
  return after.status === "running" && progressOf(before) < progressOf(after) ? "run.progress" : undefined;
}

function progressOf({ completed, failed, total }: Run): number {
  return total === 0 ? 0 : Math.floor((progressSteps * (completed + failed)) / total);
}
