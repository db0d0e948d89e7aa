import type { Items } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { accountPartition, type LedgerEntry, type LedgerUsage, ledgerEntry, ledgerPrefix } from "./ledger.ts";

/** Grouping of usage: by the day (UTC) of the job's end, its key, its model, or one of its labels. */
export type UsageGrouping = "day" | "key" | "model" | `metadata.${string}`;

export interface UsageGroup {
  /** The day, key id, model or label; empty for jobs without that label. */
  readonly group: string;
  readonly jobs: number;
  readonly succeeded: number;
  readonly images: number;
  /** Charged steps, all images together. */
  readonly steps: number;
  readonly megapixels: number;
  /** Micro-units. */
  readonly charged: number;
}

/**
 * The jobs that ended from `from` (inclusive) to `to` (exclusive), from the account's ledger: the sums are what was
 * charged, to the micro-unit.
 *
 * @param from - milliseconds since the epoch, as is `to`
 * @returns groups in the order of their names
 */
export async function usageReport(
  items: Items,
  {
    accountId,
    from,
    to,
    by,
  }: { readonly accountId: string; readonly from: number; readonly to: number; readonly by: UsageGrouping },
): Promise<UsageGroup[]> {
  const groups = new Map<string, UsageGroup>();
  const query = {
    index: "main",
    partition: accountPartition(accountId),
    from: ledgerPrefix + new Date(from).toISOString(),
    to: ledgerPrefix + new Date(to - 1).toISOString() + afterEverySubject,
  } as const;
  for await (const item of queryEach(items, query, rowsAtOnce)) {
    const entry = ledgerEntry.read(item);
    if (entry.usage === undefined) continue;
    const name = groupOf(entry, entry.usage, by);
    groups.set(name, added(groups.get(name) ?? emptyGroup(name), entry.usage));
  }
  return [...groups.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
}

/** Read in one go: some milliseconds, in which the process does nothing else. */
const rowsAtOnce = 200;

/** Sorts after the `#` and what follows it. */
const afterEverySubject = "$";

function groupOf({ at, keyId = "" }: LedgerEntry, usage: LedgerUsage, by: UsageGrouping): string {
  if (by === "day") return new Date(at).toISOString().slice(0, 10);
  if (by === "key") return keyId;
  if (by === "model") return usage.model;
  const label = by.slice("metadata.".length);
  return Object.hasOwn(usage.metadata, label) ? usage.metadata[label]! : "";
}

function emptyGroup(group: string): UsageGroup {
  return { group, jobs: 0, succeeded: 0, images: 0, steps: 0, megapixels: 0, charged: 0 };
}

function added(sum: UsageGroup, { status, images, steps, megapixels, charged }: LedgerUsage): UsageGroup {
  return {
    group: sum.group,
    jobs: sum.jobs + 1,
    succeeded: sum.succeeded + (status === "succeeded" ? 1 : 0),
    images: sum.images + images,
    steps: sum.steps + steps,
    megapixels: sum.megapixels + megapixels,
    charged: sum.charged + charged,
  };
}
