import { createHash } from "node:crypto";
import type { Job, JobStatus } from "../job.ts";
import { jobRetentionS } from "../limits.ts";
import { accountPartition, holdPrefix } from "../money/ledger.ts";
import { queryDue } from "../ports/due-shards.ts";
import type { ItemInput, Items, Write } from "../ports/items.ts";
import { listedKeys, type PartitionKeys, partitionKeys, type SortKeys } from "../ports/lists/common-sort-keys.ts";
import type { JobListQuery } from "./job-store.ts";

/*
 * What finds the jobs of an account by status and metadata, so that a list reads about as many rows as it shows,
 * however many jobs there are: a small row per pair of metadata, and one for the status of a job that is over, each in a
 * partition of its own, sorted as the account's jobs are. Running jobs are those whose lease is watched, and jobs that
 * are not over are those whose price is held. Of more than `mostOpen` of them neither is read: then the account's own
 * list is, in which most of the newest are queued.
 */

/** Partition of the `gsi1` index: the jobs of an account. */
export const accountJobs = (accountId: string) => `ACC#${accountId}#JOBS`;
export const accountOfJobs = (partition: string) => partition.slice("ACC#".length, -"#JOBS".length);

/** Partition of the `due` index, in shards by the job's id: running jobs, when their lease should be over. */
export const runningJobsDue = "DUE#running";

const mostOpen = 1_000;

/** Name of the index, see `index-begin.ts`. */
export const filterIndex = "jobs by filter";

/** Sort key of a job among its account's jobs, and of its rows here: its time, and its id. */
export function jobSortKey({ createdAt, id }: Pick<Job, "createdAt" | "id">): string {
  return `${new Date(createdAt).toISOString()}#${id}`;
}

export function jobIdOf(sortKey: string): string {
  return sortKey.slice(sortKey.indexOf("#") + 1);
}

/** Whether rows of this file find the jobs. */
export function isFiltered({ status, metadata = {} }: JobListQuery): boolean {
  return status !== undefined || Object.keys(metadata).length > 0;
}

export function isListed({ status, metadata = {}, accepts }: JobListQuery, job: Job): boolean {
  if (status !== undefined && job.status !== status) return false;
  if (!Object.entries(metadata).every(([key, value]) => job.metadata[key] === value)) return false;
  return accepts?.(job) ?? true;
}

/** The rows of a new job. */
export function labelWrites(job: Job): Write[] {
  return Object.entries(job.metadata).map((label) => rowIn(labelPartition(job.accountId, label), job));
}

/**
 * The row of a job that ends. It may be there before: a list looks at the job itself, and passes over one that has
 * ended otherwise.
 */
export function statusWrite(job: Job): Write {
  return { ...rowIn(statusPartition(job.accountId, job.status), job), apart: "before" };
}

/** Takes a job that is over out of the lists by status and metadata. */
export function unlistWrites(job: Job): Write[] {
  const labels = Object.entries(job.metadata).map((label) => labelPartition(job.accountId, label));
  const partitions = [...labels, statusPartition(job.accountId, job.status)];
  return partitions.map((pk) => ({ delete: { pk, sk: jobSortKey(job) } }));
}

function rowIn(pk: string, job: Job): { readonly put: ItemInput } {
  const exp = Math.floor(job.createdAt / 1_000) + jobRetentionS;
  return { put: { pk, sk: jobSortKey(job), exp, data: {} } };
}

/** Sort keys of the jobs asked for, by each filter. A status may have changed since: look at the job. */
export async function filterKeys(
  items: Items,
  { accountId, status, metadata = {} }: JobListQuery,
  range: Omit<PartitionKeys, "index" | "partition">,
): Promise<SortKeys[]> {
  const labels = Object.entries(metadata).map((label) =>
    partitionKeys(items, { partition: labelPartition(accountId, label), ...range }),
  );
  if (status === undefined) return labels;
  if (status !== "queued" && status !== "running") {
    return [partitionKeys(items, { partition: statusPartition(accountId, status), ...range }), ...labels];
  }
  const open = await (status === "running" ? runningJobs(items, accountId) : openJobs(items, accountId));
  const sorted = open
    ?.filter((key) => key >= range.from)
    .sort()
    .reverse();
  const byStatus =
    sorted === undefined
      ? partitionKeys(items, { index: "gsi1", partition: accountJobs(accountId), ...range })
      : listedKeys(sorted, range);
  return [byStatus, ...labels];
}

/** Sort keys of the account's running jobs; absent where more jobs run in the whole service than are read. */
async function runningJobs(items: Items, accountId: string): Promise<string[] | undefined> {
  const running = await queryDue(items, runningJobsDue, { limit: mostOpen });
  if (running.length === mostOpen) return undefined;
  return running.filter(({ gpk }) => gpk === accountJobs(accountId)).map(({ gsk }) => gsk!);
}

/** Sort keys of the jobs that are not over; absent where there are too many. */
async function openJobs(items: Items, accountId: string): Promise<string[] | undefined> {
  const partition = accountPartition(accountId);
  const holds = await items.query({ index: "main", partition, prefix: holdPrefix, limit: mostOpen });
  if (holds.cursor !== undefined) return undefined;
  return holds.items.flatMap(({ data: { jobId, createdAt } }) =>
    // Without a time: by a version whose jobs are found in another way.
    typeof createdAt === "number" ? [jobSortKey({ createdAt, id: String(jobId) })] : [],
  );
}

function statusPartition(accountId: string, status: JobStatus): string {
  return `ACC#${accountId}#JOBS#STATUS#${status}`;
}

export function labelPartition(accountId: string, label: readonly [key: string, value: string]): string {
  const digest = createHash("sha256").update(JSON.stringify(label)).digest("base64url");
  return `ACC#${accountId}#JOBS#LABEL#${digest}`;
}
