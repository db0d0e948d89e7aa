import { createHash } from "node:crypto";
import type { Job, JobEvent } from "../job.ts";
import { guardedFetchTimeoutMs, jobRetentionS } from "../limits.ts";
import { dueShard } from "../ports/due-shards.ts";
import type { ItemInput, Items, Json, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { maxEndpointsPerAccount, readEndpoints, type WebhookEndpoint } from "./webhook-endpoints.ts";
import { type WebhookEventType, wantsEvent } from "./webhook-event.ts";

/*
 * The outbox of webhook messages: rows that are written in the same transaction as the change they tell of.
 * `functions/webhook/dispatch-deliveries.ts` takes them from there.
 *
 * Rows wait in a due partition of their account, its lane, and each lane with rows is itself due in `lanesDue`, no
 * later than the first of its rows. So a dispatcher finds the work of every account without reading the backlog of any.
 * Where the dispatcher is told of new rows (`announce-outbox.ts`), those it then sends at once never enter a lane.
 */

/** One webhook message to one receiver. */
export interface OutboxRow {
  /** The `webhook-id` header, the same in every attempt. */
  readonly messageId: string;
  readonly accountId: string;
  readonly eventType: WebhookEventType;
  /** The job it reports, read when it is sent; absent when `payload` holds the content. */
  readonly jobId?: string;
  readonly payload?: Json;
  /** The endpoint it goes to, whose current URL counts; absent for the `webhook` of one job. */
  readonly endpointId?: string;
  readonly url: string;
  /** Message of the same job to the same receiver that must be settled before this one is sent. */
  readonly after?: string;
  /** Attempts begun. */
  readonly attempt: number;
  /** `skipped`: the endpoint was off when it happened; a replay sends it. */
  readonly status: "pending" | "skipped";
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const outboxRecord = recordType<OutboxRow>("webhook message", ["messageId", "accountId", "eventType", "url"]);

/** Partition of the `due` index, in shards, that holds the lanes: one item for each account with messages to send. */
export const lanesDue = "DUE#deliveries";

/**
 * Partition of the `due` index, in shards by message: rows that the dispatcher was told of by their names, and that are
 * due when their first attempt should be over.
 */
export const toldDue = "DUE#told";

/** A dispatcher that dies keeps a row this long; then the next attempt is due. Longer than any attempt can last. */
export const deliveryLeaseMs = 4 * guardedFetchTimeoutMs;

/** Partition of the `due` index that holds one account's messages not yet settled. */
export function deliveriesDue(accountId: string): string {
  return `${lanesDue}#${accountId}`;
}

/**
 * Index partition of all messages of one receiver, oldest first.
 * @param endpointId - absent: those of jobs' own webhooks
 */
export function deliveryLog(accountId: string, endpointId = "default"): string {
  return `ACC#${accountId}#WH#${endpointId}`;
}

export function deliveryKey(messageId: string) {
  return { pk: `WH#${messageId}`, sk: "META" };
}

/** Makes the account's lane due at once; the dispatcher then finds out when the next row really is. */
export function laneWrite(accountId: string, now: number): Write {
  const key = { pk: `WHLANE#${accountId}`, sk: "META" };
  return { put: { ...key, duePk: dueShard(lanesDue, accountId), dueAt: now, data: { accountId, touchedAt: now } } };
}

export function isLaneWrite(write: Write): boolean {
  return "put" in write && write.put.pk.startsWith("WHLANE#");
}

/** The item of a row that is due, as it is written when the dispatcher is told of it. */
export function toldItem(item: ItemInput): ItemInput {
  return { ...item, duePk: dueShard(toldDue, item.pk), dueAt: (item.dueAt ?? 0) + deliveryLeaseMs };
}

/** Whether the dispatcher was told of this row and has not failed at it yet. */
export function isTold({ duePk }: ItemInput): boolean {
  return duePk?.startsWith(`${toldDue}#`) === true;
}

/** The item of a row. */
export function outboxItem(row: OutboxRow): ItemInput {
  const { messageId, accountId, endpointId, createdAt, status } = row;
  return {
    ...deliveryKey(messageId),
    gpk: deliveryLog(accountId, endpointId),
    gsk: `${new Date(createdAt).toISOString()}#${messageId}`,
    ...(status === "pending"
      ? { duePk: deliveriesDue(accountId), dueAt: createdAt }
      : { exp: Math.floor(createdAt / 1_000) + jobRetentionS }),
    data: outboxRecord.write(row),
  };
}

/** The last reported progress of a job, and when. */
export interface ToldProgress {
  readonly at: number;
  /** Tells this message from the others of its job. */
  readonly name: string;
}

/** Shortest time between two progress messages of a job, in milliseconds. */
const progressEveryMs = 1_000;

/** Progress reported of a job after these events: the same as before, or one more message. */
export function nextProgress(
  told: ToldProgress | undefined,
  { attempt, progress }: Job,
  events: readonly Pick<JobEvent, "type">[],
  now: number,
): ToldProgress | undefined {
  if (!events.some(({ type }) => type === "step") || (told !== undefined && now - told.at < progressEveryMs))
    return told;
  return { at: now, name: `${attempt}.${progress?.step ?? 0}` };
}

/**
 * Rows for what just happened to the job, as far as its own webhook and the account's endpoints want to hear of it.
 * @param progress - told before this, and with it: what `nextProgress` makes of that
 */
export async function outboxWrites(
  items: Items,
  job: Job,
  events: readonly Pick<JobEvent, "type">[],
  now: number,
  progress: { readonly before?: ToldProgress | undefined; readonly after?: ToldProgress | undefined } = {},
): Promise<Write[]> {
  const told = progress.after !== progress.before;
  const types = [
    ...events.flatMap(({ type }) => webhookEvent(job, type) ?? []),
    ...(told ? (["job.progress"] as const) : []),
  ];
  if (types.length === 0) return [];
  const receivers = [
    ...(job.webhook ? [ownReceiver(job.webhook)] : []),
    // A transaction takes so many rows and no more: with endpoints over the limit, the job could never end.
    ...(await readEndpoints(items, job.accountId)).slice(0, maxEndpointsPerAccount),
  ];
  const rows = types.flatMap((eventType) =>
    receivers
      .filter(({ events }) => wantsEvent(events, eventType))
      .map((receiver) => rowFor(job, eventType, receiver, { now, progress })),
  );
  if (rows.length === 0) return [];
  // Each of these happens once in the life of a job; a second one would be a bug and must not pass.
  const puts = rows.map((row): Write => ({ put: outboxItem(row), if: { absent: true } }));
  return rows.some(({ status }) => status === "pending") ? [...puts, laneWrite(job.accountId, now)] : puts;
}

type Receiver = Pick<WebhookEndpoint, "url" | "events"> & { readonly id?: string; readonly enabled: boolean };

function ownReceiver({ url, events }: NonNullable<Job["webhook"]>): Receiver {
  return { url, events: events as readonly WebhookEventType[], enabled: true };
}

function rowFor(
  job: Job,
  eventType: WebhookEventType,
  { id, url, events, enabled }: Receiver,
  { now, progress }: { readonly now: number; readonly progress: NonNullable<Parameters<typeof outboxWrites>[4]> },
): OutboxRow {
  const progressId = (told: ToldProgress | undefined) => jobMessageId(job.id, `job.progress ${told?.name}`, id);
  const afterProgress = progress.before !== undefined && wantsEvent(events, "job.progress");
  const afterStart = eventType !== "job.started" && job.startedAt !== undefined && wantsEvent(events, "job.started");
  const after = afterProgress ? progressId(progress.before) : afterStart && jobMessageId(job.id, "job.started", id);
  return {
    messageId: eventType === "job.progress" ? progressId(progress.after) : jobMessageId(job.id, eventType, id),
    accountId: job.accountId,
    eventType,
    jobId: job.id,
    endpointId: id,
    url,
    after: after || undefined,
    attempt: 0,
    status: enabled ? "pending" : "skipped",
    createdAt: now,
  };
}

/** The same for the same event of the same job to the same receiver, so that each can be found, and written once. */
export function jobMessageId(jobId: string, event: string, endpointId = ""): string {
  const digest = createHash("sha256").update(`${jobId} ${event} ${endpointId}`).digest("hex");
  return `msg_${digest.slice(0, 26).toUpperCase()}`;
}

function webhookEvent(job: Job, event: JobEvent["type"]): WebhookEventType | undefined {
  if (event === "started") return job.attempt === 1 ? "job.started" : undefined;
  if (event !== "done" && event !== "error") return undefined;
  if (job.status === "succeeded" || job.status === "failed" || job.status === "canceled" || job.status === "expired") {
    return `job.${job.status}`;
  }
  return undefined;
}
