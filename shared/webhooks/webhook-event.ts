/** Event types that a job's own webhook may subscribe to. */
export const webhookEventTypes = [
  "job.started",
  "job.progress",
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "job.expired",
] as const;

/** Event types of a catalogue run, which its own webhook may subscribe to. */
export const runEventTypes = [
  "run.ready",
  "run.progress",
  "run.paused",
  "run.review_ready",
  "run.completed",
  "run.failed",
  "run.canceled",
] as const;

/** Event types that an endpoint may subscribe to: everything that happens in its account. */
export const endpointEventTypes = [
  ...webhookEventTypes,
  ...runEventTypes,
  "balance.low",
  "webhook_endpoint.disabled",
] as const;

/** `webhook.test` is sent on request, to the requested endpoint alone. */
export type WebhookEventType = (typeof endpointEventTypes)[number] | "webhook.test";

/** Sent only to subscribers that name them. */
const onRequest: readonly WebhookEventType[] = ["job.started", "job.progress", "run.progress"];

/**
 * Whether a receiver with this filter gets an event: an empty filter lets everything pass but `job.started`,
 * `job.progress` and `run.progress`.
 */
export function wantsEvent(filter: readonly string[], type: WebhookEventType): boolean {
  return filter.length === 0 ? !onRequest.includes(type) : filter.includes(type);
}

/** Messages that are worthless when late: sent once, never retried. */
export function isFleeting(type: WebhookEventType): boolean {
  return type === "job.progress" || type === "run.progress";
}
