import { createHash } from "node:crypto";
import { isOver } from "../jobs/job-rules.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Clock } from "../ports/clock.ts";
import { type Item, type ItemKey, type Items, ItemsConditionFailed } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { recordType } from "../ports/record.ts";
import { digestOf, jobIdOfProof, proofPartition, proofShards, storedProof } from "./job-proof.ts";

/*
 * The chain of a day's records: each link is the hash of the link before, the record's key and the digest of its text.
 * Links are written a segment at a time, by the tick alone, so that jobs that end at once do not wait for each other and
 * no partition is written more often than the tick comes round.
 */

/** Links of a segment: some 120 bytes each, and an item has at most 400 KB. */
const linksPerSegment = 2_000;

export interface Segment {
  /** Number of its first link in the day, from 0. */
  readonly first: number;
  /** Key and digest of each record, `KEY DIGEST`. */
  readonly links: readonly string[];
  /** Hash of the last link. */
  readonly head: string;
  /** When it was written; milliseconds since the epoch. */
  readonly at: number;
}

export const segmentRecord = recordType<Segment>("segment of a chain", ["first", "links", "head"]);
export const segmentPartition = (day: string) => `RECCHAIN#${day}`;
const segmentSk = (first: number) => String(first).padStart(9, "0");

/** What the first link of a day stands on. */
export function dayStart(day: string): string {
  return createHash("sha256").update(`z-image records ${day}`).digest("base64url");
}

export function linkHash(before: string, link: string): string {
  return createHash("sha256").update(`${before} ${link}`).digest("base64url");
}

const linkOf = (key: Pick<ItemKey, "sk">, digest: string): string => `${key.sk} ${digest}`;

export function readLink(link: string): { readonly sk: string; readonly digest: string } {
  const space = link.lastIndexOf(" ");
  return { sk: link.slice(0, space), digest: link.slice(space + 1) };
}

interface ChainPorts {
  readonly items: Items;
  readonly jobs: Pick<JobStore, "get">;
  readonly clock: Pick<Clock, "now">;
}

/** The last segment of a day. */
export async function lastSegment(items: Pick<Items, "query">, day: string): Promise<Segment | undefined> {
  const { items: found } = await items.query({
    index: "main",
    partition: segmentPartition(day),
    reverse: true,
    limit: 1,
  });
  return found[0] && segmentRecord.read(found[0]);
}

/**
 * Appends the records of a day that are not in its chain yet and whose jobs ended as they say, sorted by their end.
 * @param from - only those that ended at this time or later: an ISO time. @default all of the day
 * @param until - only those that ended before it: milliseconds since the epoch
 * @param isLast - nothing is appended to this day afterwards: records of jobs that ended otherwise are deleted
 * @returns how many were appended
 */
export async function chainDay(
  { items, jobs, clock }: ChainPorts,
  day: string,
  { from = day, until, isLast = false }: { readonly from?: string; readonly until: number; readonly isLast?: boolean },
): Promise<number> {
  // Before anything else is read: who appends behind another segment than this one appends nothing.
  let last = await lastSegment(items, day);
  const chained = await chainedSince(items, day, from);
  const waiting: Item[] = [];
  const to = new Date(until).toISOString();
  for (let shard = 0; shard < proofShards; shard++) {
    const query = { index: "main", partition: proofPartition(day, shard), from, to } as const;
    for await (const item of queryEach(items, query)) if (!chained.has(item.sk)) waiting.push(item);
  }
  waiting.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  const links: string[] = [];
  for (const item of waiting) {
    const { text } = storedProof.read(item);
    if (text === undefined) continue;
    if (await isTrue(jobs, item.sk, text)) links.push(linkOf(item, digestOf(text)));
    else if (isLast) await items.write([{ delete: { pk: item.pk, sk: item.sk } }]);
  }
  let appended = 0;
  while (appended < links.length) {
    const some = links.slice(appended, appended + linksPerSegment);
    const segment = nextSegment(day, last, some, clock.now());
    const put = { pk: segmentPartition(day), sk: segmentSk(segment.first), data: segmentRecord.write(segment) };
    try {
      await items.write([{ put, if: { absent: true } }]);
    } catch (error) {
      // Another tick was faster: what it did not append, the next one does.
      if (error instanceof ItemsConditionFailed) return appended;
      throw error;
    }
    last = segment;
    appended += some.length;
  }
  return appended;
}

/** Whether the job ended as its record says: a worker that lost its lease may have written another. */
async function isTrue(jobs: Pick<JobStore, "get">, sk: string, text: string): Promise<boolean> {
  const job = await jobs.get(jobIdOfProof(sk));
  // A job of which nothing is kept has ended, and so has one whose time is over.
  if (job === undefined) return true;
  const { status, at } = JSON.parse(text) as { readonly status?: string; readonly at?: string };
  return isOver(job) && job.status === status && new Date(job.finishedAt ?? 0).toISOString() === at;
}

/** Keys in the day's chain of records that ended since then, and of some before. */
async function chainedSince(items: Pick<Items, "query">, day: string, from: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const query = { index: "main", partition: segmentPartition(day), reverse: true } as const;
  for await (const item of queryEach(items, query)) {
    const { links, at } = segmentRecord.read(item);
    for (const link of links) keys.add(readLink(link).sk);
    // It was written before the first of these ended, as were those before it.
    if (at < Date.parse(from)) break;
  }
  return keys;
}

function nextSegment(day: string, last: Segment | undefined, links: readonly string[], at: number): Segment {
  const first = last === undefined ? 0 : last.first + last.links.length;
  return { first, links, head: links.reduce(linkHash, last?.head ?? dayStart(day)), at };
}
