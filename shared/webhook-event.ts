/** What a job's own webhook may ask to hear of. */
export const webhookEventTypes = ["job.started", "job.succeeded", "job.failed", "job.canceled", "job.expired"] as const;

/** What an endpoint may ask to hear of: everything that happens in its account. */
export const endpointEventTypes = [...webhookEventTypes, "webhook_endpoint.disabled"] as const;

/** `webhook.test` is sent when somebody asks for it, and to nobody else. */
export type WebhookEventType = (typeof endpointEventTypes)[number] | "webhook.test";

/** Whether a receiver with this filter hears of an event: an empty filter lets everything pass but `job.started`. */
export function wantsEvent(filter: readonly string[], type: WebhookEventType): boolean {
  return filter.length === 0 ? type !== "job.started" : filter.includes(type);
}
