import { createHash } from "node:crypto";
import type { Job, JobStatus } from "../job.ts";
import { jobRetentionS } from "../limits.ts";
import { accountPartition, holdPrefix } from "../money/ledger.ts";
import type { ItemInput, Items, Write } from "../ports/items.ts";
import { listedKeys, partitionKeys, type SortKeys } from "../ports/lists/common-sort-keys.ts";
import { queryEach } from "../ports/query-all.ts";
import type { JobListQuery } from "./job-store.ts";

/*
 * What finds the jobs of an account by status and metadata, so that a list reads about as many rows as it shows,
 * however many jobs there are: a small row per pair of metadata, and one for the status of a job that is over, each in a
 * partition of its own, sorted as the account's jobs are. Jobs that are not over are those whose price is held.
 */

/** Name of the index, see `index-begin.ts`. */
export const filterIndex = "jobs by filter";

/** Sort key of a job among its account's jobs, and of its rows here: its time, and its id. */
export function jobSortKey({ createdAt, id }: Pick<Job, "createdAt" | "id">): string {
  return `${new Date(createdAt).toISOString()}#${id}`;
}

export function jobIdOf(sortKey: string): string {
  return sortKey.slice(sortKey.indexOf("#") + 1);
}

export function isFiltered({ status, metadata = {} }: JobListQuery): boolean {
  return status !== undefined || Object.keys(metadata).length > 0;
}

export function isListed({ status, metadata = {} }: JobListQuery, job: Job): boolean {
  if (status !== undefined && job.status !== status) return false;
  return Object.entries(metadata).every(([key, value]) => job.metadata[key] === value);
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

function rowIn(pk: string, job: Job): { readonly put: ItemInput } {
  const exp = Math.floor(job.createdAt / 1_000) + jobRetentionS;
  return { put: { pk, sk: jobSortKey(job), exp, data: {} } };
}

/**
 * Sort keys of the jobs asked for, by each filter. A status may have changed since: look at the job.
 * @param from - lowest key @param after - begin below this one. @default the highest
 */
export async function filterKeys(
  items: Items,
  { accountId, status, metadata = {} }: JobListQuery,
  range: { readonly from: string; readonly after?: string },
): Promise<SortKeys[]> {
  const labels = Object.entries(metadata).map((label) =>
    partitionKeys(items, { partition: labelPartition(accountId, label), ...range }),
  );
  if (status === undefined) return labels;
  const byStatus =
    status === "queued" || status === "running"
      ? listedKeys(await openJobs(items, accountId, range.from), range)
      : partitionKeys(items, { partition: statusPartition(accountId, status), ...range });
  return [byStatus, ...labels];
}

/** Sort keys of the jobs that are not over, in descending order; there is a limit to their number. */
async function openJobs(items: Items, accountId: string, from: string): Promise<string[]> {
  const keys: string[] = [];
  const holds = { index: "main", partition: accountPartition(accountId), prefix: holdPrefix } as const;
  for await (const { data } of queryEach(items, holds)) {
    const { jobId, createdAt } = data;
    // Without a time: by a version whose jobs are found in another way.
    if (typeof createdAt === "number") keys.push(jobSortKey({ createdAt, id: String(jobId) }));
  }
  return keys
    .filter((key) => key >= from)
    .sort()
    .reverse();
}

function statusPartition(accountId: string, status: JobStatus): string {
  return `ACC#${accountId}#JOBS#STATUS#${status}`;
}

export function labelPartition(accountId: string, label: readonly [key: string, value: string]): string {
  const digest = createHash("sha256").update(JSON.stringify(label)).digest("base64url");
  return `ACC#${accountId}#JOBS#LABEL#${digest}`;
}
