import type { Job, JobEvent, JobImage } from "../job.ts";
import { jobRetentionS } from "../limits.ts";
import { chargeOf } from "../money/charge.ts";
import { settleWrites } from "../money/ledger.ts";
import { dueShard } from "../ports/due-shards.ts";
import type { Item, ItemInput, Items, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { imageIndexWrites } from "../provenance/image-index.ts";
import { lookIndexWrites } from "../provenance/look-index.ts";
import { watermarkIndexWrites } from "../provenance/watermark-index.ts";
import { proofWrite } from "../records/job-proof.ts";
import type { RecordKey } from "../records/record-key.ts";
import { forgetLaterWrite, forgottenKeptS } from "../unstored/forgotten-job.ts";
import { storedWarnings } from "../warnings/warning.ts";
import { nextProgress, outboxWrites, type ToldProgress } from "../webhooks/webhook-outbox.ts";
import { failureWrites } from "./failure-counts.ts";
import { accountJobs, accountOfJobs, jobSortKey, labelWrites, runningJobsDue, statusWrite } from "./job-filters.ts";
import { eventWrites, fromKeptLine, jobIdOfKey, jobKey, type KeptLine, keptEvents, toKeptLine } from "./job-history.ts";
import { type Change, isOver } from "./job-rules.ts";
import { totalWrite } from "./job-totals.ts";
import { type KeptImage, keepImages, readKeptImages } from "./kept-images.ts";
import { leftoverWrites } from "./leftovers.ts";

/*
 * How jobs lie in the store: their records, histories and indexes, and what is written with a change.
 */

/**
 * Partitions of the `due` index, in shards by the job's id: jobs that the sweep must check again by then. Deadlines,
 * leases, and jobs that wait without a deadline, each apart: many that wait delay no deadline. Versions before had all
 * of them in the first.
 */
const deadlinesDue = "DUE#jobs";
export const urgentJobsDue = [deadlinesDue, runningJobsDue] as const;
export const waitingJobsDue = "DUE#waiting";
export const jobsDue = [...urgentJobsDue, waitingJobsDue] as const;
/** A lease is only treated as lost a little after it ended, so that a renewal under way wins. */
const leaseGraceMs = 1_000;

/** A stored job: the job, the number of its last event, and whether its message is known to be in the queue. */
export interface Stored {
  readonly job: Job;
  readonly lastSeq: number;
  readonly sent: boolean;
  /** Lines of its history that are in its record. */
  readonly history: readonly JobEvent[];
  /** Time of the sweep's next check of the job; absent while it waits for its turn or is over. */
  readonly dueAt: number | undefined;
  readonly version: number;
  /** Progress that receivers were notified of. */
  readonly told?: ToldProgress;
}

/** A job's record, as it lies in the store: ids that its keys hold are not in it again. */
type StoredRecord = Pick<Stored, "lastSeq" | "sent" | "told"> & {
  readonly job: Omit<Job, keyof typeof commonly | "id" | "accountId" | "images"> &
    Partial<Omit<Job, "images">> & { readonly images?: readonly (KeptImage | JobImage)[] };
  /** Absent in records of earlier versions. */
  readonly history?: readonly KeptLine[];
};

/** Fields that most jobs have like this: left out of the record then, for a write costs by the kilobyte. */
const commonly = { metadata: {}, failures: 0, images: [], warnings: [] } as const;

const jobRecord = recordType<StoredRecord>("job", ["job", "lastSeq"]);

function toRecord(job: Job): StoredRecord["job"] {
  const isCommon = ([name, value]: readonly [string, unknown]) =>
    name in commonly && JSON.stringify(value) === JSON.stringify(commonly[name as keyof typeof commonly]);
  const { id: _, accountId: __, ...own } = job;
  const written = { ...own, images: keepImages(job.images, job) };
  const fields = Object.entries(written).filter((field) => !isCommon(field));
  return Object.fromEntries<unknown>(fields) as unknown as StoredRecord["job"];
}

/** A change of a job, and what only its record needs to know. */
export type StoredChange = Change & {
  readonly sent?: boolean;
  /** Others that belong to it, in the same transaction. */
  readonly writes?: readonly Write[];
};

/** Inputs of a write other than the job. */
export interface JobWriting {
  readonly items: Items;
  readonly now: number;
  /** After this an unconfirmed message is sent again. */
  readonly resendMs: number;
  /** After this it is first asked whether the message of a waiting job is lost. */
  readonly askMs: number;
  /** How long what finds images is kept, in seconds. */
  readonly recordsS: number;
  /** Seals the prompt into the record of what was made. @default it is not in it */
  readonly promptKey?: RecordKey | undefined;
}

/**
 * The one place where a job is written: its record, its new history, the outbox rows of a terminal change, a note to
 * look for what its attempts left behind, and the money: what a terminal status charges and refunds is in this same
 * list of writes.
 */
export async function jobWrites(
  { items, ...when }: JobWriting,
  before: Stored | undefined,
  change: StoredChange,
): Promise<Write[]> {
  const { job, events } = change;
  const { now } = when;
  const firstSeq = (before?.lastSeq ?? 0) + 1;
  // A job that comes back may have used up its message: it is not taken for sent before another one is.
  const comesBack = job.status === "queued" && before?.job.status === "running";
  const sent = change.sent ?? (before?.sent === true && !comesBack);
  const told = nextProgress(before?.told, job, events, now);
  const added = events.map(({ type, data }, index): JobEvent => ({ seq: firstSeq + index, at: now, type, data }));
  const history = keptEvents(before?.history ?? [], added);
  // In no list any more, and gone when no repetition of its request can come.
  const isForgotten = job.forgottenAt !== undefined;
  const dueAt = nextCheckAt({ job, sent }, before, when);
  const recorded = { lastSeq: firstSeq + events.length - 1, sent, told };
  const record: ItemInput = {
    ...jobKey(job.id),
    gpk: isForgotten ? undefined : accountJobs(job.accountId),
    gsk: isForgotten ? undefined : jobSortKey(job),
    exp: isForgotten ? Math.floor(now / 1_000) + forgottenKeptS : Math.floor(job.createdAt / 1_000) + jobRetentionS,
    duePk: dueAt === undefined ? undefined : dueShard(duePartition(job), job.id),
    dueAt,
    data: jobRecord.write(
      isForgotten
        ? { ...recorded, told: undefined, job: { ...toRecord(job), accountId: job.accountId } }
        : { ...recorded, job: toRecord(job), history: history.map(toKeptLine) },
    ),
  };
  const outbox = await outboxWrites(items, job, events, now, { before: before?.told, after: told });
  const ends = before !== undefined && isOver(job) && !isOver(before.job);
  const money = ends ? settleWrites(job, { ...before.job, progress: job.progress }, now) : [];
  return [
    { put: record, if: before ? { version: before.version } : { absent: true } },
    ...eventWrites(job.id, added, now),
    ...(before === undefined ? labelWrites(job) : []),
    ...(ends ? endWrites(change, when) : []),
    ...outbox,
    ...money,
    ...(ends ? leftoverWrites(job, now) : []),
    ...(change.writes ?? []),
  ];
}

/**
 * Rows of a job that has just ended: its status, the totals, the record that is kept of it, and what finds its images
 * by their bytes and by their look.
 */
function endWrites({ job, madeBy }: Change, { now, recordsS, promptKey }: Omit<JobWriting, "items">): Write[] {
  const exp = Math.floor(now / 1_000) + recordsS;
  return [
    statusWrite(job),
    totalWrite(job, now),
    ...failureWrites(job, now),
    proofWrite(job, { at: job.finishedAt ?? now, exp, madeBy, promptKey }),
    ...imageIndexWrites(job, now, exp),
    ...lookIndexWrites(job, now, exp),
    ...watermarkIndexWrites(job, now, exp),
    ...(job.unstored === undefined ? [] : [forgetLaterWrite(job, now)]),
  ];
}

/**
 * When the sweep must look at the job again: for a message that may not be sent, a lease, a deadline. The message of a
 * job without a deadline may be lost in the queue: that is asked less and less often while it waits.
 */
function nextCheckAt(
  { job, sent }: Pick<Stored, "job" | "sent">,
  before: Stored | undefined,
  { now, resendMs, askMs }: Omit<JobWriting, "items">,
): number | undefined {
  if (isOver(job)) return undefined;
  if (job.status === "running") return (job.leaseUntil ?? now) + leaseGraceMs;
  const { deadlineAt = Number.POSITIVE_INFINITY } = deadlineOf(job);
  if (!sent) return Math.min(now + resendMs, deadlineAt);
  if (deadlineAt < Number.POSITIVE_INFINITY) return deadlineAt;
  // Where it stands is good enough: to move a row within its index costs more than to leave it.
  const standsAt = before?.job.status === "queued" ? (before.dueAt ?? 0) : 0;
  return standsAt - now > askMs / 2 ? standsAt : now + Math.max(askMs, now - job.createdAt);
}

/** Only a job that was never begun expires. */
function deadlineOf({ startedAt, deadlineAt }: Job): { readonly deadlineAt?: number } {
  return startedAt === undefined ? { deadlineAt } : {};
}

function duePartition(job: Job): string {
  if (job.status === "running") return runningJobsDue;
  return deadlineOf(job).deadlineAt === undefined ? waitingJobsDue : deadlinesDue;
}

/** An ended job knows what it was charged. */
export function withCharge(before: Job, change: StoredChange): StoredChange {
  const { job } = change;
  if (job.price === undefined || !isOver(job) || isOver(before)) return change;
  // The steps may be told with the end itself, when nobody watched them.
  const drawn = { ...before, progress: job.progress };
  return { ...change, job: { ...job, charged: chargeOf(drawn, job.status, change.callersFault) } };
}

export function toStored(item: Item): Stored {
  const { job: record, history = [], ...recorded } = jobRecord.read(item);
  const { dueAt, version } = item;
  const ids = { id: jobIdOfKey(item), accountId: accountOfJobs(item.gpk ?? "") };
  const job = { ...commonly, ...ids, ...record };
  const read = { images: readKeptImages(job.images, job), warnings: storedWarnings(job.warnings) };
  return { ...recorded, job: { ...job, ...read }, history: history.map(fromKeptLine), dueAt, version };
}
