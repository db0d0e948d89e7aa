import { modelPaceKey } from "../fair-queue/model-pace.ts";
import { workOf } from "../fair-queue/work-of.ts";
import type { Job, JobEvent } from "../job.ts";
import { eventRetentionS, jobRetentionS } from "../limits.ts";
import { chargeOf } from "../money/charge.ts";
import { settleWrites } from "../money/ledger.ts";
import type { Item, ItemInput, Items, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { nextProgress, outboxWrites, type ToldProgress } from "../webhooks/webhook-outbox.ts";
import { filterWrites, jobSortKey } from "./job-filters.ts";
import { type Change, isOver } from "./job-rules.ts";
import { totalWrites } from "./job-totals.ts";
import { leftoverWrites } from "./leftovers.ts";

/*
 * How jobs lie in the store: their records, histories and indexes, and what is written with a change.
 */

/** Partition of the `due` index: jobs that the sweep must check again by then. */
export const jobsDue = "DUE#jobs";
/** A lease is only treated as lost a little after it ended, so that a renewal under way wins. */
const leaseGraceMs = 1_000;
/**
 * A queued job whose message was sent is looked at again after this, as messages can get lost in unforeseen ways; then
 * after twice as long and so on, up to the longest: a long backlog must not breed copies of its own messages.
 */
const queuedCheckMs = 600_000;
const longestQueuedCheckMs = 6 * 3_600_000;

export const jobKey = (id: string) => ({ pk: `JOB#${id}`, sk: "META" });
export const eventSk = (seq: number) => `EV#${String(seq).padStart(8, "0")}`;
export const accountJobs = (accountId: string) => `ACC#${accountId}#JOBS`;

/** A stored job: the job, the number of its last event, and whether its message is known to be in the queue. */
export interface Stored {
  readonly job: Job;
  readonly lastSeq: number;
  readonly sent: boolean;
  /** Checks in a row that found it still queued. */
  readonly waits: number;
  /** Time of the sweep's next check of the job; absent once it is over. */
  readonly dueAt: number | undefined;
  readonly version: number;
  /** Progress that receivers were notified of. */
  readonly told?: ToldProgress;
  /** When the current attempt began, in milliseconds since the epoch. */
  readonly begunAt?: number;
}

/** A job's record, as it lies in the store. */
type StoredRecord = Pick<Stored, "job" | "lastSeq" | "sent" | "waits" | "told" | "begunAt">;

const jobRecord = recordType<StoredRecord>("job", ["job", "lastSeq"]);
export const eventRecord = recordType<JobEvent>("event of a job", ["seq", "at", "type", "data"]);

/** A change of a job, and what only its record needs to know. */
export type StoredChange = Change & {
  readonly sent?: boolean;
  readonly waits?: number;
};

/** Inputs of a write other than the job. */
export interface JobWriting {
  readonly items: Items;
  readonly now: number;
  /** After this an unconfirmed message is sent again. */
  readonly resendMs: number;
}

/**
 * The one place where a job is written: its record, its new history, the outbox rows of a terminal change, a note to
 * look for what its attempts left behind, and the money: what a terminal status charges and refunds is in this same
 * list of writes.
 */
export async function jobWrites(
  { items, now, resendMs }: JobWriting,
  before: Stored | undefined,
  change: StoredChange,
): Promise<Write[]> {
  const { job, events } = change;
  const firstSeq = (before?.lastSeq ?? 0) + 1;
  const sent = change.sent ?? before?.sent ?? false;
  const waits = job.status === "queued" ? (change.waits ?? before?.waits ?? 0) : 0;
  const begins = job.status === "running" && job.attempt !== before?.job.attempt;
  const begunAt = begins ? now : before?.begunAt;
  const told = nextProgress(before?.told, job, events, now);
  const record: ItemInput = {
    ...jobKey(job.id),
    gpk: accountJobs(job.accountId),
    gsk: jobSortKey(job),
    exp: Math.floor(job.createdAt / 1000) + jobRetentionS,
    ...(!isOver(job) && { duePk: jobsDue, dueAt: nextCheckAt({ job, sent, waits }, now, resendMs) }),
    data: jobRecord.write({ job, lastSeq: firstSeq + events.length - 1, sent, waits, told, begunAt }),
  };
  const history = events.map(({ type, data }, index): Write => {
    const seq = firstSeq + index;
    return {
      put: {
        pk: `JOB#${job.id}`,
        sk: eventSk(seq),
        exp: Math.floor(now / 1000) + eventRetentionS,
        data: eventRecord.write({ seq, at: now, type, data }),
      },
      if: { absent: true },
    };
  });
  const outbox = await outboxWrites(items, job, events, now, { before: before?.told, after: told });
  const money = before && isOver(job) ? settleWrites(job, before.job, now) : [];
  return [
    { put: record, if: before ? { version: before.version } : { absent: true } },
    ...history,
    ...filterWrites(job, before?.job),
    ...outbox,
    ...money,
    ...(isOver(job) ? leftoverWrites(job, now) : []),
    ...(before !== undefined && isOver(job) && !isOver(before.job) ? totalWrites(job, now) : []),
    ...(job.status === "succeeded" ? [paceWrite(job, begunAt, now)] : []),
  ];
}

function nextCheckAt({ job, sent, waits }: Pick<Stored, "job" | "sent" | "waits">, now: number, resendMs: number) {
  if (job.status === "running") return (job.leaseUntil ?? now) + leaseGraceMs;
  const check = now + (sent ? Math.min(queuedCheckMs * 2 ** waits, longestQueuedCheckMs) : resendMs);
  return Math.min(check, job.deadlineAt ?? check);
}

/**
 * Work done and the time it took, by model and hour: what waiting times are estimated from.
 * @param begunAt - where it is known
 */
function paceWrite({ params, inferenceMs = 0 }: Job, begunAt: number | undefined, now: number): Write {
  const ms = Math.round(Math.max(inferenceMs, now - (begunAt ?? now)));
  return { add: modelPaceKey(params.model, now), amounts: { work: workOf(params), ms: Math.max(1, ms), jobs: 1 } };
}

/** An ended job knows what it was charged. */
export function withCharge(before: Job, change: StoredChange): StoredChange {
  const { job } = change;
  if (job.price === undefined || !isOver(job) || isOver(before)) return change;
  return { ...change, job: { ...job, charged: chargeOf(before, job.status, change.callersFault) } };
}

export function toStored(item: Item): Stored {
  const { job, lastSeq, sent, waits, told, begunAt } = jobRecord.read(item);
  return { job, lastSeq, sent, waits, told, begunAt, dueAt: item.dueAt, version: item.version };
}
