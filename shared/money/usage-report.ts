import type { Items } from "../ports/items.ts";
import { readIndexBegin } from "../ports/lists/index-begin.ts";
import { queryEach } from "../ports/query-all.ts";
import { accountPartition, ledgerEntry, ledgerPrefix } from "./ledger.ts";
import {
  addedUsage,
  dayOf,
  type LedgerUsage,
  noUsage,
  readRollups,
  rollupIndex,
  sumsOf,
  type UsageOf,
  type UsageSums,
} from "./usage-rollups.ts";

type UsageSubject = "day" | "key" | "model";

/**
 * Grouping of usage: by the day (UTC) of the job's end, its key, its model, by several of these, or by one of the job's
 * labels.
 */
export type UsageGrouping = readonly UsageSubject[] | `metadata.${string}`;

export interface UsageGroup {
  /** The day, key id and model that it is grouped by, in that order; or the label, empty for jobs without it. */
  readonly groups: readonly string[];
  readonly jobs: number;
  readonly succeeded: number;
  readonly images: number;
  /** Charged steps, all images together. */
  readonly steps: number;
  readonly megapixels: number;
  /** Micro-units. */
  readonly charged: number;
}

export interface UsageQuery {
  readonly accountId: string;
  /** Milliseconds since the epoch: from, inclusive, to, exclusive. */
  readonly from: number;
  readonly to: number;
  readonly by: UsageGrouping;
  /** The time of the report: nothing ended after it. */
  readonly now: number;
}

const dayMs = 86_400_000;

/**
 * The jobs that ended from `from` (inclusive) to `to` (exclusive): the sums are what was charged, to the micro-unit.
 * Whole days are read from their roll-ups, and what is finer from the account's ledger: parts of a day, labels, and
 * days that a version without roll-ups may have written to.
 *
 * @returns groups in the order of their names
 */
export async function usageReport(items: Items, { accountId, from, to, by, now }: UsageQuery): Promise<UsageGroup[]> {
  const partition = accountPartition(accountId);
  const groups = new Map<string, UsageSums>();
  const add = (names: readonly string[], sums: UsageSums) => {
    const group = JSON.stringify(names);
    groups.set(group, addedUsage(groups.get(group) ?? noUsage, sums));
  };
  const addLedger = async (start: number, end: number) => {
    for await (const { of, usage } of settlements(items, partition, start, end)) {
      add(groupsOf(of, usage.metadata, by), sumsOf(usage));
    }
  };
  const days = typeof by === "string" ? undefined : await wholeDays(items, { from, to, now });
  await addLedger(from, days?.start ?? to);
  if (days !== undefined) {
    const { start, end } = days;
    for await (const { of, sums } of readRollups(items, partition, { from: dayOf(start), to: dayOf(end - 1) })) {
      add(groupsOf(of, {}, by), sums);
    }
    await addLedger(end, to);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, { pixels, ...sums }]) => ({ groups: JSON.parse(group), ...sums, megapixels: pixels / 1e6 }));
}

/**
 * The whole days of a span that roll-ups are complete for, if any: `start` up to `end`, at midnights. The day that is
 * not over yet is whole when the span reaches up to now. Workers of the version before, which wrote none, may have gone
 * on for some hours after the first roll-up was written: that day and the next one are the ledger's.
 */
async function wholeDays(items: Items, { from, to, now }: Pick<UsageQuery, "from" | "to" | "now">) {
  const complete = midnight(Date.parse(await readIndexBegin(items, rollupIndex))) + 2 * dayMs;
  const start = Math.max(midnight(from + dayMs - 1), complete);
  const end = to > now ? midnight(now) + dayMs : midnight(to);
  return start < end ? { start, end } : undefined;
}

function midnight(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}

/** Read in one go: some milliseconds, in which the process does nothing else. */
const rowsAtOnce = 200;

/** Sorts after the `#` and what follows it. */
const afterEverySubject = "$";

async function* settlements(
  items: Items,
  partition: string,
  from: number,
  to: number,
): AsyncGenerator<{ readonly of: UsageOf; readonly usage: LedgerUsage }, void> {
  if (from >= to) return;
  const query = {
    index: "main",
    partition,
    from: ledgerPrefix + new Date(from).toISOString(),
    to: ledgerPrefix + new Date(to - 1).toISOString() + afterEverySubject,
  } as const;
  for await (const item of queryEach(items, query, rowsAtOnce)) {
    const { at, keyId = "", usage } = ledgerEntry.read(item);
    if (usage !== undefined) yield { of: { day: dayOf(at), keyId, model: usage.model }, usage };
  }
}

function groupsOf(
  { day, keyId, model }: UsageOf,
  metadata: LedgerUsage["metadata"],
  by: UsageGrouping,
): readonly string[] {
  if (typeof by !== "string") return by.map((subject) => ({ day, key: keyId, model })[subject]);
  const label = by.slice("metadata.".length);
  return [Object.hasOwn(metadata, label) ? metadata[label]! : ""];
}
