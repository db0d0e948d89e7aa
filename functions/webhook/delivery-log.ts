import { ConflictError, NotFoundError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed } from "../../shared/ports/items.ts";
import { matchingPage } from "../../shared/ports/lists/matching-page.ts";
import type { WebhookEndpoint } from "../../shared/webhooks/webhook-endpoints.ts";
import { readEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { deliveryKey, deliveryLog, laneWrite, outboxItem } from "../../shared/webhooks/webhook-outbox.ts";
import { type DeliveryRow, type DeliveryStatus, isSettled, parseDeliveryRow, resentRow } from "./delivery-row.ts";

export interface LogQuery {
  readonly accountId: string;
  /** `default`: the webhooks of single jobs. */
  readonly endpointId: string;
  readonly status?: DeliveryStatus;
  readonly limit: number;
  readonly cursor?: string;
}

export interface ReplayQuery {
  readonly accountId: string;
  readonly endpointId: string;
  /** Messages made since then, milliseconds since the epoch. */
  readonly since: number;
  /** `undelivered`: what has not arrived. `all`: also what has, for a receiver that lost it. */
  readonly which: "undelivered" | "all";
}

/** Messages read per call of `replay`; the next call continues. */
const maxReplayed = 1_000;
const pageSize = 100;
/** Messages read for a page of `list`. */
const maxListed = 5_000;

/** Reads the log of deliveries and schedules redeliveries. The dispatcher sends them. */
export class DeliveryLog {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor({ items, clock, newId }: { items: Items; clock: Clock; newId: () => string }) {
    this.#items = items;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Newest first. A page of a status that is rare may end, with a cursor, before it is full. */
  async list({
    accountId,
    endpointId,
    status,
    limit,
    cursor,
  }: LogQuery): Promise<{ rows: DeliveryRow[]; cursor?: string }> {
    const read = (item: Item) => {
      const row = parseDeliveryRow(item);
      return status === undefined || row?.status === status ? row : undefined;
    };
    const query = { index: "gsi1", partition: deliveryLog(accountId, endpointId), reverse: true, cursor } as const;
    const wanted = { limit, read, isUnfiltered: status === undefined, mostRows: maxListed };
    const page = await matchingPage(this.#items, query, wanted);
    return { rows: page.found, cursor: page.cursor };
  }

  /** @throws NotFoundError `delivery_not_found`, also for a delivery of another account */
  async get(accountId: string, id: string): Promise<DeliveryRow> {
    const item = /^msg_[0-9A-Z]{26}$/.test(id) ? await this.#items.get(deliveryKey(id)) : undefined;
    const row = item && parseDeliveryRow(item);
    if (row?.accountId !== accountId) {
      throw new NotFoundError("delivery_not_found", `there is no delivery ${JSON.stringify(id.slice(0, 60))}`, {
        param: "id",
      });
    }
    return row;
  }

  /**
   * Send one message again, now and from the start of the schedule. What is under way or due already stays as it is.
   * @throws ConflictError `webhook_endpoint_disabled`; NotFoundError `delivery_not_found`
   */
  async redeliver(accountId: string, id: string): Promise<DeliveryRow> {
    for (;;) {
      const row = await this.get(accountId, id);
      if (!isSettled(row)) return row;
      if (row.endpointId !== undefined) await this.#assertEnabled(accountId, row.endpointId);
      if (await this.#resend(row)) return this.get(accountId, id);
    }
  }

  /**
   * Send again what was made for an endpoint since a time, oldest first.
   * @returns how many are due now, and the time to go on from when there are more
   * @throws ConflictError `webhook_endpoint_disabled`
   */
  async replay({ accountId, endpointId, since, which }: ReplayQuery): Promise<{ count: number; nextSince?: number }> {
    if (endpointId !== "default") await this.#assertEnabled(accountId, endpointId);
    const partition = deliveryLog(accountId, endpointId);
    const until = new Date(this.#clock.now() + 1).toISOString();
    let count = 0;
    let cursor: string | undefined;
    for (let seen = 0; seen < maxReplayed; seen += pageSize) {
      const page = await this.#items.query({
        index: "gsi1",
        partition,
        from: new Date(since).toISOString(),
        to: until,
        limit: pageSize,
        cursor,
      });
      for (const item of page.items) {
        const row = parseDeliveryRow(item);
        if (row === undefined || !isSettled(row) || (which === "undelivered" && row.status === "delivered")) continue;
        if (await this.#resend(row)) count++;
      }
      cursor = page.cursor;
      if (cursor === undefined) return { count };
      const last = page.items.at(-1);
      if (seen + pageSize >= maxReplayed && last) return { count, nextSince: Number(last.data.createdAt) };
    }
    return { count };
  }

  /** A message of no consequence, to see whether the endpoint hears. */
  async sendTest({ id, accountId, url, enabled }: WebhookEndpoint): Promise<DeliveryRow> {
    if (!enabled) throw endpointDisabled(id);
    const now = this.#clock.now();
    const messageId = `msg_${this.#newId()}`;
    const payload = { id, object: "webhook_endpoint", message: "This is a test. Nothing happened." };
    const put = outboxItem({
      messageId,
      accountId,
      eventType: "webhook.test" as const,
      payload,
      endpointId: id,
      url,
      attempt: 0,
      status: "pending" as const,
      createdAt: now,
    });
    await this.#items.write([{ put, if: { absent: true } }, laneWrite(accountId, now)]);
    return this.get(accountId, messageId);
  }

  /** @returns false when the row changed concurrently */
  async #resend(row: DeliveryRow): Promise<boolean> {
    const now = this.#clock.now();
    try {
      const put = resentRow(row, now);
      await this.#items.write([{ put, if: { version: row.item.version } }, laneWrite(row.accountId, now)]);
      return true;
    } catch (error) {
      if (error instanceof ItemsConditionFailed) return false;
      throw error;
    }
  }

  async #assertEnabled(accountId: string, endpointId: string): Promise<void> {
    const endpoint = (await readEndpoints(this.#items, accountId)).find(({ id }) => id === endpointId);
    if (!endpoint?.enabled) throw endpointDisabled(endpointId);
  }
}

function endpointDisabled(id: string): ConflictError {
  return new ConflictError(
    "webhook_endpoint_disabled",
    `the webhook endpoint ${id} is off or deleted; switch it on with PATCH {"enabled": true} first`,
  );
}
