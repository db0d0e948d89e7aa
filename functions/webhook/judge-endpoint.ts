import { NotFoundError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items, Write } from "../../shared/ports/items.ts";
import type { Log } from "../../shared/process/log.ts";
import { readEndpoints, type WebhookEndpoint, type WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { wantsEvent } from "../../shared/webhooks/webhook-event.ts";
import { laneWrite, outboxItem } from "../../shared/webhooks/webhook-outbox.ts";
import type { DeliveryRow, DeliveryStatus } from "./delivery-row.ts";

export interface JudgeDependencies {
  readonly items: Items;
  readonly endpoints: WebhookEndpoints;
  readonly clock: Clock;
  /** A fresh ULID. */
  readonly newId: () => string;
  readonly log: Log;
}

/**
 * Updates the endpoint after a message's end: 410 disables it, and so does a message whose whole schedule failed while
 * no other message got through.
 * The account's other endpoints get an event about it.
 * @param status - `failed` only where the whole schedule was used up without success
 */
export async function judgeEndpoint(
  endpoint: WebhookEndpoint,
  row: DeliveryRow,
  status: DeliveryStatus,
  dependencies: JudgeDependencies,
): Promise<void> {
  const { endpoints, log } = dependencies;
  const { id, accountId } = endpoint;
  try {
    if (status === "delivered") return await endpoints.noteSuccess(endpoint);
    if (status !== "disabled" && status !== "failed") return;
    const begun = row.resentAt ?? row.createdAt;
    const reason = status === "disabled" ? "gone" : "failing";
    const off = await endpoints.disable(
      accountId,
      id,
      reason,
      (disabled) => disabledMessages(disabled, dependencies),
      // The whole schedule went by without a success, and the address has not changed meanwhile.
      ({ url, lastSuccessAt = 0 }) => url === endpoint.url && (status === "disabled" || lastSuccessAt < begun),
    );
    if (off) log("warn", "webhook endpoint disabled", { accountId, endpointId: id, reason });
  } catch (error) {
    // Deleted meanwhile.
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** Messages to the account's other endpoints: one of them has been switched off. */
async function disabledMessages(
  { id, accountId, url, disabled }: WebhookEndpoint,
  { items, clock, newId }: JudgeDependencies,
): Promise<Write[]> {
  const eventType = "webhook_endpoint.disabled";
  const others = (await readEndpoints(items, accountId)).filter(
    (other) => other.id !== id && other.enabled && wantsEvent(other.events, eventType),
  );
  if (others.length === 0) return [];
  const now = clock.now();
  const payload = {
    id,
    object: "webhook_endpoint",
    url,
    disabled_reason: disabled?.reason ?? null,
    disabled_at: new Date(disabled?.at ?? now).toISOString(),
  };
  const rows = others.map((other): Write => {
    const messageId = `msg_${newId()}`;
    const to = { endpointId: other.id, url: other.url };
    const row = {
      messageId,
      accountId,
      eventType,
      payload,
      ...to,
      attempt: 0,
      status: "pending",
      createdAt: now,
    } as const;
    return { put: outboxItem(row), if: { absent: true } };
  });
  return [...rows, laneWrite(accountId, now)];
}
