import type { Write } from "./items.ts";
import type { Job, JobEvent } from "./job.ts";

/**
 * One webhook message to be delivered: the row that is written in the same transaction as the change it tells of.
 * `functions/webhook/dispatch-deliveries.ts` takes it from there.
 */
export interface OutboxRow {
  /** `msg_` + ULID: the `webhook-id` header, the same in every attempt. */
  readonly messageId: string;
  readonly jobId: string;
  readonly accountId: string;
  readonly eventType: WebhookEventType;
  readonly url: string;
  /** Attempts begun. */
  readonly attempt: number;
  readonly status: "pending";
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export const webhookEventTypes = ["job.started", "job.succeeded", "job.failed", "job.canceled", "job.expired"] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

/** Partition of the `due` index that holds every message not yet settled. */
export const deliveriesDue = "DUE#deliveries";

/** Rows for what just happened to the job, as far as its webhook wants to hear of it: terminal events unless it names others. */
export function outboxWrites(
  job: Job,
  event: JobEvent["type"],
  { now, newId }: { readonly now: number; readonly newId: () => string },
): Write[] {
  const eventType = webhookEvent(job, event);
  if (!job.webhook || !eventType) return [];
  const { url, events } = job.webhook;
  if (events.length === 0 ? eventType === "job.started" : !events.includes(eventType)) return [];
  const row: OutboxRow = {
    messageId: `msg_${newId()}`,
    jobId: job.id,
    accountId: job.accountId,
    eventType,
    url,
    attempt: 0,
    status: "pending",
    createdAt: now,
  };
  const item = { pk: `WH#${job.id}#${eventType}`, sk: "META", duePk: deliveriesDue, dueAt: now, data: { ...row } };
  // Each of these happens once in the life of a job; a second one would be a bug and must not pass.
  return [{ put: item, if: { absent: true } }];
}

function webhookEvent(job: Job, event: JobEvent["type"]): WebhookEventType | undefined {
  if (event === "started") return job.attempt === 1 ? "job.started" : undefined;
  if (event !== "done" && event !== "error") return undefined;
  if (job.status === "succeeded" || job.status === "failed" || job.status === "canceled" || job.status === "expired") {
    return `job.${job.status}`;
  }
  return undefined;
}
