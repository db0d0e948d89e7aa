import type * as z from "zod";
import type { WebhookEndpoint } from "../../../shared/webhooks/webhook-endpoints.ts";
import type { DeliveryRow } from "../../webhook/delivery-row.ts";
import { isoTime } from "../http/iso-time.ts";
import type { deliverySchema, webhookEndpointSchema } from "./webhook-responses.ts";

/** @param secret - shown to whoever has just made it, and to nobody later */
export function presentEndpoint(endpoint: WebhookEndpoint, secret?: string): z.infer<typeof webhookEndpointSchema> {
  const { id, url, description, events, enabled, disabled, secrets, createdAt } = endpoint;
  const rotatesUntil = Math.max(0, ...secrets.map(({ expiresAt }) => expiresAt ?? 0));
  return {
    id,
    object: "webhook_endpoint" as const,
    url,
    description,
    events: [...events],
    enabled,
    disabled_reason: disabled?.reason ?? null,
    disabled_at: disabled ? isoTime(disabled.at) : null,
    secret_rotates_until: rotatesUntil === 0 ? null : isoTime(rotatesUntil),
    created_at: isoTime(createdAt),
    secret,
  };
}

export function presentDelivery(row: DeliveryRow): z.infer<typeof deliverySchema> {
  const { messageId, eventType, status, jobId, endpointId, url, attempt, createdAt, responses, item } = row;
  const shown = responses.map(({ at, statusCode, latencyMs, excerpt, error }) => ({
    at: isoTime(at),
    status_code: statusCode ?? null,
    latency_ms: Math.round(latencyMs),
    excerpt: excerpt ?? null,
    error: error ?? null,
  }));
  return {
    id: messageId,
    object: "webhook_delivery" as const,
    type: eventType,
    status,
    job_id: jobId ?? null,
    endpoint_id: endpointId ?? null,
    url,
    attempts: attempt,
    next_attempt_at: status === "pending" && item.dueAt !== undefined ? isoTime(item.dueAt) : null,
    created_at: isoTime(createdAt),
    responses: shown,
    answers: shown,
  };
}
