import { readServedModels } from "../../shared/model-catalog/worker-models.ts";
import { balanceKey, spendKey } from "../../shared/money/ledger.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Identity } from "../api/access/identity.ts";
import { currentIdentity } from "./current-identity.ts";
import { drawnPerMinute } from "./drawn-per-minute.ts";
import { faceOf } from "./faces.ts";
import { type Begun, beginRows } from "./rows/begin-rows.ts";
import { readInputRows } from "./rows/row-chunks.ts";
import { type InFlight, settleRows } from "./rows/settle-rows.ts";
import type { Flight, LineError, Run, RunStatus } from "./run.ts";
import type { Kept, SubmitDependencies } from "./run-face.ts";
import { capacityOf, maxWindow, mayGoOn, pausedAgain, pausedUntilTold, windowFor } from "./run-rules.ts";
import { rowWrite } from "./run-store.ts";
import type { Turn } from "./steps/turn.ts";

export interface FeedDependencies extends SubmitDependencies {
  /** Jobs of one run at a time; the rest wait in its chunks. @default what the fleet draws in two minutes, 8 to 300 */
  readonly window?: number;
  /** Time until a run with jobs under way is looked at again. @default 5 s */
  readonly everyMs?: number;
}

const defaultEveryMs = 5_000;
/** No row is begun later than this after the beginning of a pass. */
const passMs = 15_000;
/** Rows that begin last may wait for images: two rounds of hosts that do not answer, and six images each. */
const fetchingPassMs = 180_000;
/**
 * Rows recorded in one transaction, which takes at most 100 writes: a row may bring another record, and a change of the
 * run a message to each of twenty endpoints.
 */
const rowsPerWrite = 38;

const keyGone: LineError = {
  code: "invalid_api_key",
  message:
    "the API key that made this batch was revoked or has expired; make a batch of the lines that are left with another key",
  param: null,
  line: null,
};

/**
 * One pass over a run: record what its jobs came to, and turn further rows into jobs. Their ids are written down before
 * there are such jobs, so that no end of a run and no crash leaves an unrecorded job behind, nor makes one twice.
 *
 * @returns rows begun and rows recorded as over
 */
export async function feedRun(turn: Turn, dependencies: FeedDependencies): Promise<number> {
  const { clock, everyMs = defaultEveryMs } = dependencies;
  const now = clock.now();
  const found = await settleRows(turn.run, dependencies);
  const { settled, running, unbegun } = found;
  const goesOn = mayGoOn(turn.run, now);
  const wantsMore = goesOn && (unbegun.length > 0 || turn.run.next < turn.run.total);
  const identity = wantsMore ? await currentIdentity(turn.run.identity, dependencies) : undefined;
  const plan = identity && (await planRows(turn.run, { ...found, identity }, dependencies));
  if (identity !== undefined && plan !== undefined && plan.flights.length > 0) {
    return settled.length + (await beginPlanned(turn, { ...found, ...plan, identity }, dependencies));
  }
  const isRevoked = wantsMore && identity === undefined;
  const left = goesOn && !isRevoked ? [...running, ...unbegun] : running;
  const write = await recordAll(turn, settled);
  await turn.end((run) => {
    const stopped = isRevoked ? ({ errors: [keyGone], status: "canceling", cancelledAt: now } as const) : {};
    const isStill = running.length === 0;
    const after = halted({ ...run, ...write.change(run), ...stopped }, now);
    return { ...after, ...rest(after, left, { now, everyMs, isStill }) };
  }, write.rows);
  return settled.length + (isRevoked ? 1 : 0);
}

interface Plan {
  /** Rows to begin. */
  readonly flights: readonly Flight[];
  /** How many of them are begun for the first time. */
  readonly fresh: number;
}

/** Rows to begin: first those that somebody was to begin and did not, then the next of the input. */
async function planRows(
  run: Run,
  { running, unbegun, identity }: InFlight & { readonly identity: Identity },
  { items, clock, newId, window }: FeedDependencies,
): Promise<Plan> {
  const now = clock.now();
  const most = window ?? windowFor(await drawnPerMinute(items, now));
  const capacity = Math.min(capacityOf(run, running.length, most, now), await roomFor(identity, items));
  const again = unbegun.slice(0, capacity);
  // The run's item lists everything in flight.
  const listed = Math.min(capacity, maxWindow - running.length) - unbegun.length;
  const fresh = Math.max(0, Math.min(listed, run.total - run.next));
  const first = Array.from({ length: fresh }, (_, i): Flight => ({ row: run.next + i, jobId: `job_${newId()}` }));
  return { flights: [...again, ...first], fresh };
}

/** Write the plan down, then carry it out. @returns rows begun and rows recorded as over */
async function beginPlanned(
  turn: Turn,
  { settled, running, unbegun, flights, fresh, identity }: InFlight & Plan & { readonly identity: Identity },
  dependencies: FeedDependencies,
): Promise<number> {
  const { clock, items, objects, everyMs = defaultEveryMs } = dependencies;
  const now = clock.now();
  const waiting = unbegun.filter((flight) => !flights.includes(flight));
  const write = await recordAll(turn, settled);
  // Those that wait come last: what may be spent counts the rows before each as if they were drawn.
  const inFlight = [...running, ...flights, ...waiting];
  const next = turn.run.next + fresh;
  await turn.keep((run) => ({ ...write.change(run), inFlight, next }), write.rows, fetchingPassMs);
  const wanted = flights.map(({ row }) => row);
  const rows = await readInputRows(turn.run, wanted, objects);
  const models = await readServedModels(items, dependencies.models, now);
  const order = { plan: flights, rows, until: now + passMs };
  const begun = await beginRows({ ...turn.run, identity }, order, { ...dependencies, models });
  await recordBegun(turn, { begun, running, waiting }, { now: clock.now(), everyMs });
  return begun.inFlight.length + begun.refused.length;
}

/** Writes all outcomes but the last few, which go with what the caller writes next. */
async function recordAll(turn: Turn, settled: readonly Kept[]) {
  const writesOf = (part: readonly Kept[]) => part.flatMap(({ row, writes }) => [rowWrite(turn.run, row), ...writes]);
  let at = 0;
  for (; settled.length - at > rowsPerWrite; at += rowsPerWrite) {
    const part = settled.slice(at, at + rowsPerWrite);
    await turn.keep(counted(part), writesOf(part));
  }
  const last = settled.slice(at);
  return { change: counted(last), rows: writesOf(last) };
}

/** The run after these rows are over. */
function counted(kept: readonly Kept[]) {
  const rows = kept.map(({ row }) => row);
  const over = new Set(rows.map(({ row }) => row));
  const completed = rows.filter(({ drawn }) => drawn !== undefined).length;
  return (run: Run) => ({
    ...faceOf(run).count?.(run, rows),
    completed: run.completed + completed,
    failed: run.failed + rows.length - completed,
    inFlight: run.inFlight.filter(({ row }) => !over.has(row)),
  });
}

async function recordBegun(
  turn: Turn,
  { begun, running, waiting }: { readonly begun: Begun } & Pick<InFlight, "running"> & { waiting: readonly Flight[] },
  { now, everyMs }: Pick<When, "now" | "everyMs">,
): Promise<void> {
  const { refused, pause, inFlight, left } = begun;
  const write = await recordAll(
    turn,
    refused.map((row) => ({ row, writes: [] })),
  );
  const flights = [...running, ...waiting, ...inFlight, ...left];
  const isStill = running.length + inFlight.length === 0;
  await turn.end((run) => {
    // A check that could not be made for lack of room or time tells nothing.
    const isTold = inFlight.length + refused.length > 0 || pause !== undefined;
    const status: RunStatus = run.status === "canceling" ? run.status : pause === undefined ? "running" : "paused";
    const state = isTold && { status, paused: pause && pausedAgain(run.paused, pause, now) };
    const after = halted({ ...run, ...write.change(run), ...state }, now);
    return { ...after, ...rest(after, flights, { now, everyMs, isStill, moves: refused.length > 0 }) };
  }, write.rows);
}

/** The run, paused where its face finds that no further row should be begun. */
function halted(run: Run, now: number): Run {
  const reason = run.status === "running" ? faceOf(run).halt?.(run) : undefined;
  return reason === undefined ? run : { ...run, status: "paused", paused: pausedUntilTold(reason, now) };
}

interface When {
  readonly now: number;
  readonly everyMs: number;
  /** No job is under way. */
  readonly isStill: boolean;
  /** Rows left the window at once: there is room for the next. */
  readonly moves?: boolean;
}

/** What is in flight after a pass, whether that was the last, and when the next is due. */
function rest(run: Run, inFlight: readonly Flight[], { now, everyMs, isStill, moves = false }: When) {
  const goesOn = mayGoOn(run, now) && run.next < run.total;
  if (inFlight.length === 0 && !goesOn) {
    return { inFlight, status: "finishing", finishingAt: now, paused: undefined, nextAt: now } as const;
  }
  const { status, paused, expiresAt } = run;
  if (moves && paused === undefined) return { inFlight, status, nextAt: now };
  // Nothing moves until the next check of a paused run, or its end.
  const nextAt = paused !== undefined && isStill ? Math.min(paused.checkAt, expiresAt) : now + everyMs;
  return { inFlight, status, nextAt };
}
/** More jobs that key and account may have open: rows that begin at once would exceed the limit together. */
async function roomFor({ accountId, keyId, limits, terms }: Identity, items: Items): Promise<number> {
  const rooms = [
    [limits?.maxOpenJobs, spendKey(accountId, { keyId })],
    [terms.maxOpenJobs, balanceKey(accountId)],
  ] as const;
  const left = rooms.map(async ([most, key]) =>
    most === undefined ? Number.POSITIVE_INFINITY : most - Number((await items.get(key))?.data.open ?? 0),
  );
  return Math.max(0, Math.min(...(await Promise.all(left))));
}
