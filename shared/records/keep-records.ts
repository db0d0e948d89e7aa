import type { JobStore } from "../jobs/job-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Items } from "../ports/items.ts";
import { closeDay, lastRoot, type RootSigner } from "./day-root.ts";
import { dayOf, digestOf } from "./job-proof.ts";
import { chainDay, lastSegment } from "./record-chain.ts";

const dayMs = 86_400_000;
/**
 * A record is written just before its job ends: it is looked at when the writes of all jobs that ended then are done.
 */
const settleMs = 60_000;
/** Records that were written later than others of their time. */
const overlapMs = 600_000;
/** A day is closed when even a store that was away for a while has all its records. */
const closeAfterMs = 3_600_000;
/** Days without a root that one call closes; a service that was switched off for longer closes the rest in the next. */
const mostDays = 31;

/** Where no day is closed yet, so many before yesterday are looked through. */
const firstDays = 6;

export interface KeepRecordsPorts {
  readonly items: Items;
  readonly jobs: Pick<JobStore, "get">;
  readonly clock: Pick<Clock, "now">;
  /** @default roots are not signed */
  readonly signer?: RootSigner;
  /** Records are appended at most so often: each time takes a write. */
  readonly everyMs: number;
}

/**
 * Appends new records to the chain of their day, and closes days that are over. Called again and again by the tick; two
 * at once do no harm.
 * @returns how many records were appended
 */
export async function keepRecords(ports: KeepRecordsPorts): Promise<number> {
  const { items, clock, everyMs, signer } = ports;
  const now = clock.now();
  let appended = 0;
  for (const day of await daysToClose(items, now)) {
    appended += await chainDay(ports, day, { until: Date.parse(day) + dayMs, isLast: true });
    await closeDay(items, day, { signer, digest: digestOf });
  }
  const day = dayOf(now - settleMs);
  const last = await lastSegment(items, day);
  const since = last?.at ?? Date.parse(day);
  if (now - since < everyMs) return appended;
  const from = new Date(Math.max(since - overlapMs, Date.parse(day))).toISOString();
  return appended + (await chainDay(ports, day, { from: last && from, until: now - settleMs }));
}

/** Days that are over and have no root, oldest first. */
async function daysToClose(items: Items, now: number): Promise<string[]> {
  const before = await lastRoot(items);
  const newest = Date.parse(dayOf(now - closeAfterMs)) - dayMs;
  const oldest = before === undefined ? newest - firstDays * dayMs : Date.parse(before.day) + dayMs;
  const count = Math.min(mostDays, Math.floor((newest - oldest) / dayMs) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => dayOf(oldest + i * dayMs));
}
