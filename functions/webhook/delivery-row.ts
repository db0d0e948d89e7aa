import type { Item } from "../../shared/items.ts";
import { jobRetentionS } from "../../shared/limits.ts";
import type { Delivery, DeliveryResult } from "./deliver.ts";
import { nextAttemptAt, retryDelaysMs } from "./retry-schedule.ts";

/**
 * `pending` waits for its next attempt, `sending` is claimed until `dueAt`, the others are final: `delivered`,
 * `failed` (gave up) and `disabled` (the receiver answered 410).
 */
export type DeliveryStatus = "pending" | "sending" | "delivered" | "failed" | "disabled";

/** A row of the outbox as read, with the item it came from. */
export interface DeliveryRow extends Delivery {
  /** Attempts begun. */
  readonly attempt: number;
  readonly status: DeliveryStatus;
  readonly item: Item;
}

/** The row in an item of the `due` index, or `undefined` when it is not one we wrote. */
export function parseDeliveryRow(item: Item): DeliveryRow | undefined {
  const { messageId, jobId, accountId, eventType, url, attempt, createdAt } = item.data;
  if (
    typeof messageId !== "string" ||
    typeof jobId !== "string" ||
    typeof accountId !== "string" ||
    typeof eventType !== "string" ||
    typeof url !== "string" ||
    typeof attempt !== "number" ||
    typeof createdAt !== "number"
  ) {
    return undefined;
  }
  const status = item.data.status === "sending" ? "sending" : "pending";
  return { messageId, jobId, accountId, eventType, url, attempt, createdAt, status, item };
}

/** Whether the schedule is used up though no result was recorded: every attempt so far ended with its dispatcher. */
export function isWornOut(row: DeliveryRow): boolean {
  return row.attempt >= retryDelaysMs.length;
}

/** The row with one more attempt begun, invisible to others until `leaseUntil`. Its item has the version that the write will give it. */
export function claimedRow(row: DeliveryRow, leaseUntil: number): DeliveryRow {
  const attempt = row.attempt + 1;
  const { version } = row.item;
  const item = { ...changed(row.item, { attempt, status: "sending" }), dueAt: leaseUntil, version: version + 1 };
  return { ...row, attempt, status: "sending", item };
}

/** A claimed row given back without a result: due now, and the attempt does not count. */
export function handedBackRow(row: DeliveryRow, now: number): Item {
  return { ...changed(row.item, { attempt: row.attempt - 1, status: "pending" }), dueAt: now };
}

/** The row after an attempt: final, or due at the schedule's next time. What the receiver said is kept with it. */
export function settledRow(
  row: DeliveryRow,
  result: DeliveryResult,
  now: number,
  random: () => number,
): { readonly item: Item; readonly status: DeliveryStatus } {
  const seen = {
    lastAttemptAt: now,
    lastStatusCode: result.statusCode,
    lastLatencyMs: result.latencyMs,
    lastExcerpt: result.excerpt,
    lastError: result.error && { ...result.error },
  };
  const retryAt = result.outcome === "retry" ? nextAttemptAt(row.attempt, now, random) : undefined;
  if (retryAt !== undefined) {
    return { status: "pending", item: { ...changed(row.item, { ...seen, status: "pending" }), dueAt: retryAt } };
  }
  const status = result.outcome === "retry" ? "failed" : result.outcome;
  return { status, item: finalRow(row.item, { ...seen, status }, now) };
}

/** An item that is out of the `due` index for good, and kept for its owner to read until it expires. */
export function finalRow(item: Item, change: Item["data"], now: number): Item {
  const { duePk: _duePk, dueAt: _dueAt, ...rest } = changed(item, change);
  return { ...rest, exp: item.exp ?? Math.floor(now / 1_000) + jobRetentionS };
}

function changed(item: Item, change: Item["data"]): Item {
  return { ...item, data: { ...item.data, ...change } };
}
