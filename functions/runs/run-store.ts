import { InvalidInputError, LimitError, NotFoundError } from "../../shared/errors.ts";
import { jobRetentionS, maxOpenRuns, runRetentionS } from "../../shared/limits.ts";
import {
  type Item,
  type ItemInput,
  type ItemKey,
  type Items,
  ItemsConditionFailed,
  type Write,
} from "../../shared/ports/items.ts";
import { queryAll, queryEach } from "../../shared/ports/query-all.ts";
import { describeValue } from "../../shared/request/explain/describe-value.ts";
import { atOnce } from "./at-once.ts";
import { type Run, type RunRow, rowRecord, runRecord, stepOf } from "./run.ts";

export interface StoredRun {
  readonly run: Run;
  readonly version: number;
}

/** Partitions of the `due` index: runs with a step to take. The second holds batches of the version before. */
const runsDue = "DUE#runs";
const formerlyDue = "DUE#batches";
/** Runs of a partition that are looked at in one pass. */
const duePage = 200;
const readsAtOnce = 32;
/** A transaction takes no more. */
const rowsAtOnce = 100;
/** `Retry-After` of an account that has too many unfinished runs. */
const retryS = 60;

export async function findRun(items: Items, id: string): Promise<StoredRun | undefined> {
  // Ids come from callers, and a key has a longest length.
  if (!/^[\w-]{1,60}$/.test(id)) return undefined;
  const item = await items.get(runKey(id));
  return item && readStored(item);
}

const nouns = { openai_batch: "batch", catalogue: "run" } as const satisfies { [face in Run["face"]]: string };

/** @throws NotFoundError `batch_not_found` or `run_not_found`, also for a run of another account or face */
export async function readRun(
  items: Items,
  accountId: string,
  id: string,
  face: Run["face"] = "openai_batch",
): Promise<StoredRun> {
  const found = await findRun(items, id);
  if (found?.run.identity.accountId === accountId && found.run.face === face) return found;
  const noun = nouns[face];
  throw new NotFoundError(`${noun}_not_found`, `there is no ${noun} ${JSON.stringify(id.slice(0, 60))}`, {
    param: `${noun}_id`,
  });
}

/**
 * Newest first.
 * @param after - id of the last run of the page before
 * @throws InvalidInputError for one that is none of the account's
 */
export async function listRuns(
  items: Items,
  accountId: string,
  { limit, after, face = "openai_batch" }: { readonly limit: number; readonly after?: string; face?: Run["face"] },
): Promise<{ readonly runs: Run[]; readonly hasMore: boolean }> {
  const found = after === undefined ? undefined : (await findRun(items, after))?.run;
  const last = found?.identity.accountId === accountId && found.face === face ? found : undefined;
  if (after !== undefined && last === undefined) {
    const message = `after must be the id of a ${nouns[face]}, got ${describeValue(after)}; begin again without it`;
    throw new InvalidInputError("invalid_value", message, { param: "after" });
  }
  const page = await items.query({
    index: "gsi1",
    partition: accountRuns(accountId, face),
    reverse: true,
    limit: limit + 2,
    to: last && listing(last),
  });
  // The range has both ends: the page before ended with this run.
  const runs = page.items.map((item) => readStored(item).run).filter(({ id }) => id !== after);
  return { runs: runs.slice(0, limit), hasMore: runs.length > limit };
}

/** Runs whose step has been due since `until` or longer, the longest first. */
export async function dueRuns(items: Items, until: number): Promise<Run[]> {
  const pages = await Promise.all(
    [runsDue, formerlyDue].map((partition) => items.query({ index: "due", partition, to: until, limit: duePage })),
  );
  return readKeyed(
    items,
    pages.flatMap((page) => page.items),
  );
}

/** Every run that is not over. */
export async function unfinishedRuns(items: Items): Promise<Run[]> {
  const keys = await Promise.all(
    [runsDue, formerlyDue].map((partition) => queryAll(items, { index: "due", partition })),
  );
  return readKeyed(items, keys.flat());
}

/** The index lags by moments, and is asked for keys alone. */
async function readKeyed(items: Items, keys: readonly ItemKey[]): Promise<Run[]> {
  const found: (Run | undefined)[] = [];
  const indexed = keys.map(({ pk, sk }, index) => ({ key: { pk, sk }, index }));
  await atOnce(indexed, readsAtOnce, async ({ key, index }) => {
    const item = await items.get(key);
    found[index] = item && readStored(item).run;
  });
  return found.filter((run) => run !== undefined && stepOf(run) !== undefined) as Run[];
}

/**
 * Record a new run, which takes one of the places that its account has for unfinished ones.
 * @throws LimitError `batch_limit`; ItemsConditionFailed where there is such a run
 */
export async function createRun(items: Items, run: Run): Promise<void> {
  const room = placesKey(run.identity.accountId);
  const writes: Write[] = [
    runWrite({ ...run, holdsPlace: true }, undefined),
    { add: room, attribute: "free", amount: -1, if: { attribute: "free", atLeast: 1 } },
  ];
  for (;;) {
    try {
      return await items.write(writes);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed) || error.failed.includes(0)) throw error;
      // A condition on a number needs it to be there.
      if ((await items.get(room)) !== undefined) {
        const message = `the account has ${maxOpenRuns} unfinished batches, the most there may be; wait for one to end, or cancel one`;
        throw new LimitError("batch_limit", message, retryS);
      }
      await items
        .write([{ put: { ...room, data: { free: maxOpenRuns } }, if: { absent: true } }])
        .catch((failed: unknown) => {
          if (!(failed instanceof ItemsConditionFailed)) throw failed;
        });
    }
  }
}

/** @param version - absent for a run that is not recorded yet */
export function runWrite(run: Run, version: number | undefined): Write {
  const put: ItemInput = {
    ...runKey(run.id),
    gpk: accountRuns(run.identity.accountId, run.face),
    gsk: listing(run),
    exp: expiryOf(run),
    ...(stepOf(run) !== undefined && { duePk: runsDue, dueAt: run.nextAt }),
    data: runRecord.write(run),
  };
  return { put, if: version === undefined ? { absent: true } : { version } };
}

/** The end of a run, which gives its place back. */
export function endWrites(run: Run, version: number): Write[] {
  const { holdsPlace, ...ended } = run;
  const freed: Write = { add: placesKey(run.identity.accountId), attribute: "free", amount: 1 };
  return [runWrite(ended, version), ...(holdsPlace ? [freed] : [])];
}

/** Deletes the record of a run that is over. @throws ItemsConditionFailed where it was changed meanwhile */
export async function removeRun(items: Items, { id }: Run, version: number): Promise<void> {
  await items.write([{ delete: runKey(id), if: { version } }]);
}

/** Deletes the rows of a run whose record is gone. */
export async function removeRows(items: Items, { id }: Run): Promise<void> {
  const rows = { index: "main", partition: runKey(id).pk, from: rowKey(0), to: rowKey(99_999_999) } as const;
  for (;;) {
    const { items: found } = await items.query({ ...rows, limit: rowsAtOnce });
    if (found.length === 0) return;
    await items.write(found.map(({ pk, sk }) => ({ delete: { pk, sk } })));
  }
}

export function rowWrite(run: Run, row: RunRow): Write {
  return { put: { pk: runKey(run.id).pk, sk: rowKey(row.row), exp: expiryOf(run), data: rowRecord.write(row) } };
}

/** In the order of the input. @param from - the first row that is wanted */
export async function* readRows(items: Items, { id }: Run, from: number): AsyncGenerator<RunRow, void> {
  const rows = { index: "main", partition: runKey(id).pk, from: rowKey(from), to: rowKey(99_999_999) } as const;
  for await (const item of queryEach(items, rows)) yield rowRecord.read(item);
}

function readStored(item: Item): StoredRun {
  return { run: runRecord.read(item), version: item.version };
}

/** As the version before kept its batches: they are found, listed and finished as they were. */
function runKey(id: string) {
  return { pk: `BATCH#${id}`, sk: "META" };
}

function rowKey(row: number): string {
  return `ROW#${String(row).padStart(8, "0")}`;
}

function accountRuns(accountId: string, face: Run["face"]): string {
  return `ACC#${accountId}#${face === "catalogue" ? "RUNS" : "BATCHES"}`;
}

/** `{ free }`: how many more unfinished runs the account may have. */
function placesKey(accountId: string) {
  return { pk: accountRuns(accountId, "openai_batch"), sk: "PLACES" };
}

/** Sorts an account's runs by time. */
function listing({ id, createdAt }: Run): string {
  return `${new Date(createdAt).toISOString()}#${id}`;
}

/** A catalogue run may be reviewed and exported for as long as it may be started. */
function expiryOf({ createdAt, face }: Run): number {
  return Math.floor(createdAt / 1_000) + (face === "catalogue" ? runRetentionS : jobRetentionS);
}
