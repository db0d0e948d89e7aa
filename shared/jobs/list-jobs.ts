import type { Job } from "../job.ts";
import { cursorAfter } from "../ports/item-rules.ts";
import type { Item, Items, Query } from "../ports/items.ts";
import { commonSortKeys, ReadLimit } from "../ports/lists/common-sort-keys.ts";
import { latest, readIndexBegin } from "../ports/lists/index-begin.ts";
import { matchingPage } from "../ports/lists/matching-page.ts";
import { decodeCursor } from "../ports/page-cursor.ts";
import { accountJobs, filterIndex, filterKeys, isFiltered, isListed, jobIdOf } from "./job-filters.ts";
import { jobKey } from "./job-history.ts";
import { toStored } from "./job-records.ts";
import type { JobListQuery } from "./job-store.ts";

/** Sorts before every time; DynamoDB takes no empty key. */
const earliest = "0";

/** Rows and jobs that one page reads at most, and a little more, unless its query says otherwise. */
const usualMostReads = 5_000;
/** Jobs read at once, when the first few were not all that was asked for. */
const laterAtOnce = 100;

interface JobPage {
  readonly jobs: Job[];
  readonly cursor?: string;
}

/**
 * Newest first. A page is full, or the last one, or has read `mostReads` rows that had not all that was asked for: such
 * a page has a cursor to go on from. Jobs of a version that wrote no rows to find them by are looked through, one after
 * another; they are gone 30 days later.
 */
export async function listJobs(items: Items, query: JobListQuery): Promise<JobPage> {
  const { accountId, createdAfter, createdBefore, limit, cursor, mostReads = usualMostReads } = query;
  const from = createdAfter === undefined ? earliest : new Date(createdAfter + 1).toISOString();
  // Before every job of that time: what follows the time in a key makes it longer.
  const end = createdBefore === undefined ? latest : new Date(createdBefore).toISOString();
  if (from > end) return { jobs: [] };
  const index: Omit<Query, "limit"> = {
    index: "gsi1",
    partition: accountJobs(accountId),
    reverse: true,
    from,
    to: end,
    cursor,
  };
  const read = (item: Item) => {
    const { job } = toStored(item);
    return isListed(query, job) ? job : undefined;
  };
  if (!isFiltered(query)) {
    const page = await matchingPage(items, index, { limit, read, isUnfiltered: true });
    return { jobs: page.found, cursor: page.cursor };
  }
  const begin = await readIndexBegin(items, filterIndex);
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor, ["string", "string", "string"])[0]);
  const reads = new ReadLimit(mostReads);
  const sources = await filterKeys(items, query, { from: from > begin ? from : begin, after, reads });
  const keys = commonSortKeys(sources, after !== undefined && after < end ? after : end, reads);
  const { found, isFull } = await matchingJobs(items, keys, { most: limit + 1, read, reads });
  const jobs = found.slice(0, limit).map(({ job }) => job);
  const last = found[limit - 1]?.item;
  const next = last && cursorAfter("gsi1", last);
  if (isFull) return { jobs, cursor: next };
  if (reads.stoppedAt !== undefined) return { jobs, cursor: cursorAt(reads.stoppedAt) };
  if (from >= begin) return { jobs };
  // With a full page it only tells whether another follows.
  const wanted = { limit: Math.max(1, limit - jobs.length), read, mostRows: mostReads };
  // A cursor outside of the range is none for DynamoDB.
  const goesOn = after !== undefined && after < begin;
  const to = begin < end ? begin : end;
  const older = await matchingPage(items, { ...index, to, cursor: goesOn ? cursor : undefined }, wanted);
  const follows = older.found.length > 0 || older.cursor !== undefined;
  if (next !== undefined) return { jobs, cursor: follows ? next : undefined };
  return { jobs: [...jobs, ...older.found], cursor: older.cursor };
}

/** The cursor of a page that ended at this sort key. */
export function cursorAt(gsk: string): string {
  return cursorAfter("gsi1", { ...jobKey(jobIdOf(gsk)), gsk, version: 1, data: {} });
}

interface JobsWanted {
  /** Stop when so many are found, or a few more. */
  readonly most: number;
  readonly read: (item: Item) => Job | undefined;
  readonly reads: ReadLimit;
}

/** The first jobs with these sort keys that are asked for. */
async function matchingJobs(items: Items, sortKeys: AsyncIterable<string>, { most, read, reads }: JobsWanted) {
  const found: { readonly item: Item; readonly job: Job }[] = [];
  let keys: string[] = [];
  const take = async () => {
    reads.count(keys.length);
    for (const item of await Promise.all(keys.map((key) => items.get(jobKey(jobIdOf(key)))))) {
      // Its status may have changed since, or it may have expired.
      const job = item && read(item);
      if (item !== undefined && job !== undefined) found.push({ item, job });
    }
    keys = [];
  };
  let atOnce = most;
  for await (const key of sortKeys) {
    keys.push(key);
    if (keys.length < atOnce) continue;
    await take();
    if (found.length >= most) break;
    // Most of these are not asked for: one after another, they would take a round trip each.
    atOnce = Math.max(most, laterAtOnce);
  }
  await take();
  return { found, isFull: found.length >= most };
}
