import { NotFoundError } from "../../shared/errors.ts";
import { jobRetentionS } from "../../shared/limits.ts";
import type { Item, ItemInput, Items, Json, Write } from "../../shared/ports/items.ts";
import { queryEach } from "../../shared/ports/query-all.ts";
import { recordType } from "../../shared/ports/record.ts";
import type { Identity } from "../api/access/identity.ts";
import type { LineError } from "./batch-input.ts";

type BatchStatus = "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";

/** A batch: its rows stay in its file, and only a few at a time are jobs. Times are milliseconds since the epoch. */
export interface Batch {
  /** `batch_` + ULID. */
  readonly id: string;
  /** Identity of the key that submitted the batch; its jobs belong to that key. */
  readonly identity: Identity;
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly metadata: { readonly [key: string]: string };
  /** W3C Trace Context of the request that made it; its jobs are of that trace. */
  readonly traceparent?: string;
  /** Address that its client used, for links in its output. */
  readonly origin: string;
  readonly status: BatchStatus;
  readonly errors: readonly LineError[];
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  /** Lines before this one have been turned into jobs, or refused, or are about to be. From 0. */
  readonly next: number;
  /** Jobs under way, and those that a feeder is about to make. */
  readonly inFlight: readonly BatchFlight[];
  /** Set while a feeder makes jobs of its lines, for the case that it dies: until then others leave it alone. */
  readonly feedingUntil?: number;
  readonly outputFileId?: string;
  readonly errorFileId?: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly finishedAt?: number;
  readonly cancelledAt?: number;
}

export interface BatchFlight {
  readonly line: number;
  readonly customId: string;
  /** Chosen before there is such a job. */
  readonly jobId: string;
}

/** Outcome of one line. */
export interface BatchRow {
  readonly line: number;
  readonly customId: string;
  /** The job that drew it. */
  readonly jobId?: string;
  /** The error that the request would have received. */
  readonly refused?: { readonly status: number; readonly body: Json };
}

const batchRecord = recordType<Batch>("batch", ["id", "identity", "status", "next"]);
const rowRecord = recordType<BatchRow>("line of a batch", ["line", "customId"]);

export interface StoredBatch {
  readonly batch: Batch;
  readonly version: number;
}

/** Partition of the `due` index: batches that are not over. */
const batchesDue = "DUE#batches";

export async function findBatch(items: Items, accountId: string, id: string): Promise<StoredBatch | undefined> {
  const item = await items.get(batchKey(id));
  const stored = item && storedBatch(item);
  return stored?.batch.identity.accountId === accountId ? stored : undefined;
}

/** @throws NotFoundError `batch_not_found`, also for a batch of another account */
export async function readBatch(items: Items, accountId: string, id: string): Promise<StoredBatch> {
  const stored = await findBatch(items, accountId, id);
  if (stored === undefined) {
    throw new NotFoundError("batch_not_found", `there is no batch ${JSON.stringify(id.slice(0, 60))}`, {
      param: "batch_id",
    });
  }
  return stored;
}

/** Newest first. @param after - id of the last batch of the page before; an unknown one begins with the newest */
export async function listBatches(
  items: Items,
  accountId: string,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly batches: Batch[]; readonly hasMore: boolean }> {
  const last = after === undefined ? undefined : await findBatch(items, accountId, after);
  const page = await items.query({
    index: "gsi1",
    partition: accountBatches(accountId),
    reverse: true,
    limit: limit + 2,
    ...(last && { to: listing(last.batch) }),
  });
  // The range has both ends: the page before ended with this batch.
  const batches = page.items.map((item) => storedBatch(item).batch).filter(({ id }) => id !== after);
  return { batches: batches.slice(0, limit), hasMore: batches.length > limit };
}

/** Batches with work due. */
export async function dueBatches(items: Items, now: number): Promise<StoredBatch[]> {
  const { items: found } = await items.query({ index: "due", partition: batchesDue, to: now, limit: 100 });
  return found.map(storedBatch);
}

/** Lines of batches that are neither jobs yet nor will be refused for being late: work that no queue shows. */
export async function countBatchLines(items: Items, now: number): Promise<number> {
  const batches = await dueBatches(items, now);
  return batches
    .filter(({ batch }) => batch.status === "in_progress" && batch.expiresAt > now)
    .reduce((lines, { batch }) => lines + batch.total - batch.next, 0);
}

/** @param now - it is due again at once, behind those that were due before it; absent for one that is over */
export function batchWrite(batch: Batch, version: number | undefined, now?: number): Write {
  const put: ItemInput = {
    ...batchKey(batch.id),
    gpk: accountBatches(batch.identity.accountId),
    gsk: listing(batch),
    exp: Math.floor(batch.createdAt / 1_000) + jobRetentionS,
    ...(now !== undefined && { duePk: batchesDue, dueAt: now }),
    data: batchRecord.write(batch),
  };
  return { put, if: version === undefined ? { absent: true } : { version } };
}

export function rowWrite(batch: Batch, row: BatchRow): Write {
  const sk = `ROW#${String(row.line).padStart(8, "0")}`;
  const exp = Math.floor(batch.createdAt / 1_000) + jobRetentionS;
  return { put: { pk: batchKey(batch.id).pk, sk, exp, data: rowRecord.write(row) } };
}

/** In the order of the lines. */
export async function* readRows(items: Items, { id }: Batch): AsyncGenerator<BatchRow, void> {
  const rows = { index: "main", partition: batchKey(id).pk, prefix: "ROW#" } as const;
  for await (const item of queryEach(items, rows)) yield rowRecord.read(item);
}

function storedBatch(item: Item): StoredBatch {
  return { batch: batchRecord.read(item), version: item.version };
}

/** Sorts an account's batches by time. */
function listing({ id, createdAt }: Batch): string {
  return `${new Date(createdAt).toISOString()}#${id}`;
}

function batchKey(id: string) {
  return { pk: `BATCH#${id}`, sk: "META" };
}

function accountBatches(accountId: string): string {
  return `ACC#${accountId}#BATCHES`;
}
