import { jobRetentionS } from "../../shared/limits.ts";
import type { Item, ItemInput } from "../../shared/ports/items.ts";
import { recordType } from "../../shared/ports/record.ts";
import { isFleeting } from "../../shared/webhooks/webhook-event.ts";
import { deliveriesDue, type OutboxRow } from "../../shared/webhooks/webhook-outbox.ts";
import type { DeliveryResult } from "./deliver.ts";
import { nextAttemptAt, retryDelaysMs } from "./retry-schedule.ts";

/**
 * `pending` waits for its next attempt, `sending` is claimed until `dueAt`. The others are final, until a resend is
 * requested: `delivered`, `failed` (gave up), `disabled` (the receiver responded with 410, or is gone), `skipped` (the
 * endpoint was off).
 */
export type DeliveryStatus = "pending" | "sending" | "delivered" | "failed" | "disabled" | "skipped";

/** Outcome of one attempt. */
type DeliveryResponse = {
  /** Milliseconds since the epoch, when the response was there. */
  readonly at: number;
  readonly latencyMs: number;
  readonly statusCode?: number;
  readonly excerpt?: string;
  readonly error?: { readonly code: string; readonly message: string };
};

/** A row of the outbox as read, with the item it came from. */
export interface DeliveryRow extends Omit<OutboxRow, "status"> {
  readonly status: DeliveryStatus;
  /** Oldest first, the last `maxResponses`. */
  readonly responses: readonly DeliveryResponse[];
  /** Time of the last requested resend. */
  readonly resentAt?: number;
  readonly item: Item;
}

const maxResponses = 10;

type StoredDelivery = Omit<DeliveryRow, "item" | "responses"> &
  Partial<Pick<DeliveryRow, "responses">> & {
    /** Their name in rows of earlier versions. */
    readonly answers?: DeliveryRow["responses"];
  };

const deliveryRecord = recordType<StoredDelivery>("delivery", [
  "messageId",
  "accountId",
  "eventType",
  "url",
  "attempt",
  "createdAt",
]);

/** The row in an item, or `undefined` when it is not one we wrote. */
export function parseDeliveryRow(item: Item): DeliveryRow | undefined {
  const stored = deliveryRecord.find(item);
  if (stored === undefined || (stored.jobId === undefined && stored.payload === undefined)) return undefined;
  const { answers = [], ...row } = stored;
  return { responses: answers, ...row, item };
}

/** Whether the schedule is used up without a recorded result: each attempt's dispatcher died before recording one. */
export function isWornOut(row: DeliveryRow): boolean {
  return row.attempt >= (isFleeting(row.eventType) ? 1 : retryDelaysMs.length);
}

export function isSettled({ status }: Pick<DeliveryRow, "status">): boolean {
  return status !== "pending" && status !== "sending";
}

/**
 * The row with one more attempt begun, invisible to others for `leaseMs`, or at least half of that where it is already:
 * its place in the index then stays. Its item has the version that the write will give it.
 */
export function claimedRow(row: DeliveryRow, now: number, leaseMs: number): DeliveryRow {
  const attempt = row.attempt + 1;
  const { version, dueAt = 0 } = row.item;
  const leaseUntil = dueAt >= now + leaseMs / 2 ? dueAt : now + leaseMs;
  const item = { ...changed(row.item, { attempt, status: "sending" }), dueAt: leaseUntil, version: version + 1 };
  return { ...row, attempt, status: "sending", item };
}

/** A claimed row given back without a result: due now, and the attempt does not count. */
export function handedBackRow(row: DeliveryRow, now: number): Item {
  return inLane(changed(row.item, { attempt: row.attempt - 1, status: "pending" }), row, now);
}

/** A row that waits for another one, until `dueAt`. */
export function postponedRow(row: DeliveryRow, dueAt: number): Item {
  return inLane(row.item, row, dueAt);
}

/** From its first failure on a row waits in the lane of its account. */
function inLane(item: Item, { accountId }: Pick<DeliveryRow, "accountId">, dueAt: number): Item {
  return { ...item, duePk: deliveriesDue(accountId), dueAt };
}

/** A settled row made due again from the start of the schedule, under its old `webhook-id`. */
export function resentRow({ item, accountId }: DeliveryRow, now: number): ItemInput {
  const { exp: _exp, version: _version, ...rest } = changed(item, { attempt: 0, status: "pending", resentAt: now });
  return { ...rest, duePk: deliveriesDue(accountId), dueAt: now };
}

/** The row after an attempt: final, or due at the schedule's next time. What the receiver said is kept with it. */
export function settledRow(
  row: DeliveryRow,
  result: DeliveryResult,
  now: number,
  random: () => number,
): { readonly item: Item; readonly status: DeliveryStatus } {
  const { outcome: _outcome, ...response } = result;
  const responses = [...row.responses, { at: now, ...response }].slice(-maxResponses);
  const again = result.outcome === "retry" && !isFleeting(row.eventType);
  const retryAt = again ? nextAttemptAt(row.attempt, now, random) : undefined;
  if (retryAt !== undefined) {
    return { status: "pending", item: inLane(changed(row.item, { responses, status: "pending" }), row, retryAt) };
  }
  const status = result.outcome === "retry" ? "failed" : result.outcome;
  return { status, item: finalRow(row.item, { responses, status }, now) };
}

/** An item that is out of the `due` index for good, and kept for its owner to read until it expires. */
export function finalRow(item: Item, change: Item["data"], now: number): Item {
  const { duePk: _duePk, dueAt: _dueAt, ...rest } = changed(item, change);
  return { ...rest, exp: item.exp ?? Math.floor(now / 1_000) + jobRetentionS };
}

function changed(item: Item, change: Item["data"]): Item {
  return { ...item, data: { ...item.data, ...change } };
}
