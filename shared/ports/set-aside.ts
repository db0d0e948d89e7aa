import type { Clock } from "./clock.ts";
import { type Item, type Items, ItemsConditionFailed } from "./items.ts";
import { queryEach } from "./query-all.ts";
import { recordType } from "./record.ts";

/**
 * An item of background work that failed, and is tried again later and later. Times in milliseconds since the epoch.
 */
export interface SetAsideItem {
  /** Kind of work, `job`. */
  readonly kind: string;
  readonly id: string;
  /** Failures in a row. */
  readonly count: number;
  /** Message of the last failure. */
  readonly reason: string;
  readonly since: number;
  readonly lastAt: number;
  readonly nextAt: number;
}

const record = recordType<SetAsideItem>("item set aside", ["kind", "id", "count", "reason", "since"]);

const partition = "ASIDE";
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;
const maxReasonCharacters = 500;
/** What has not failed for so long is not tried any more, or its success could not be recorded. */
const keptS = 7 * 86_400;

/** What is set aside now, for the operator, a kind after the other. */
export async function* listSetAside(items: Pick<Items, "query">): AsyncGenerator<SetAsideItem> {
  for await (const item of queryEach(items, { index: "main", partition })) yield record.read(item);
}

/**
 * Runs `work` for each row that is due, so that one that fails ends nothing else. A row that fails is recorded with its
 * reason, and due again after a pause that doubles with each failure, up to an hour: it neither stands in front of the
 * others nor is lost. Its first success deletes the record.
 *
 * @param kind - of the work, for the record
 * @param rows - of the `due` index; a row that `work` has changed meanwhile is left as it is
 * @param idOf - what the record names
 * @param work - resolves to "skipped" when it has left the row for another time
 * @returns how many failed
 */
export async function forEachDue(
  { items, clock }: { readonly items: Items; readonly clock: Pick<Clock, "now"> },
  { kind, rows, idOf }: { readonly kind: string; readonly rows: readonly Item[]; readonly idOf: (row: Item) => string },
  work: (row: Item) => Promise<unknown>,
): Promise<number> {
  if (rows.length === 0) return 0;
  const known = await readKind(items, kind);
  let failed = 0;
  for (const row of rows) {
    const id = idOf(row);
    try {
      const result = await work(row);
      if (result !== "skipped" && known.has(id)) await items.write([{ delete: keyOf({ kind, id }) }]);
    } catch (error) {
      // Another process was at the same row: nothing is wrong with it.
      if (error instanceof ItemsConditionFailed) continue;
      failed++;
      await setAside(items, row, next(known.get(id), { kind, id }, error, clock.now()));
    }
  }
  return failed;
}

async function readKind(items: Items, kind: string): Promise<Map<string, SetAsideItem>> {
  const found = new Map<string, SetAsideItem>();
  for await (const item of queryEach(items, { index: "main", partition, prefix: `${kind}#` })) {
    const { id, ...rest } = record.read(item);
    found.set(id, { id, ...rest });
  }
  return found;
}

function next(
  before: SetAsideItem | undefined,
  { kind, id }: Pick<SetAsideItem, "kind" | "id">,
  error: unknown,
  now: number,
): SetAsideItem {
  const count = (before?.count ?? 0) + 1;
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(count - 1, 20));
  const reason = String(error).slice(0, maxReasonCharacters).toWellFormed();
  return { kind, id, count, reason, since: before?.since ?? now, lastAt: now, nextAt: now + pauseMs };
}

/** The record, and the row out of the way until its next turn. */
async function setAside(items: Items, { version, ...row }: Item, aside: SetAsideItem): Promise<void> {
  const exp = Math.floor(aside.lastAt / 1_000) + keptS;
  await items.write([{ put: { ...keyOf(aside), exp, data: record.write(aside) } }]);
  try {
    await items.write([{ put: { ...row, dueAt: aside.nextAt }, if: { version } }]);
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
  }
}

function keyOf({ kind, id }: Pick<SetAsideItem, "kind" | "id">) {
  return { pk: partition, sk: `${kind}#${id}` };
}
