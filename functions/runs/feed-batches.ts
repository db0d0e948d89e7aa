import { LimitError, NotFoundError } from "../../shared/errors.ts";
import { terminalStatuses } from "../../shared/job.ts";
import { readServedModels } from "../../shared/model-catalog/worker-models.ts";
import { ItemsConditionFailed } from "../../shared/ports/items.ts";
import { UploadedFiles } from "../api/files/uploaded-files.ts";
import { currentIdentity } from "./batch-identity.ts";
import { type BatchLine, parseBatchInput } from "./batch-input.ts";
import {
  type Batch,
  type BatchFlight,
  type BatchRow,
  batchWrite,
  dueBatches,
  readBatch,
  rowWrite,
  type StoredBatch,
} from "./batch-store.ts";
import { type FinishDependencies, finishBatch } from "./finish-batch.ts";
import { type SubmitLineDependencies, submitLine } from "./submit-batch-line.ts";

export type FeedDependencies = SubmitLineDependencies &
  FinishDependencies & {
    /**
     * Jobs of one batch at a time. The rest wait in its file, so that a large batch neither fills the queue nor delays
     * others. They are kept in the batch's own item, which has room for 300. @default 8
     */
    readonly window?: number;
    /**
     * No line is begun after this time, in milliseconds since the epoch, nor 15 s after the call.
     * @default 15 s after the call
     */
    readonly until?: number;
  };

const defaultWindow = 8;
/** Lines begun in one pass, and lines recorded as over: a pass is one transaction, and takes at most 100 items. */
const linesPerPass = 40;
const maxPassMs = 15_000;
/**
 * Longer than a pass can take: lines are begun for `maxPassMs`, and the last of them may wait for two images, 15 s
 * each.
 */
const feedingMs = 60_000;

const inputGone = {
  code: "file_not_found",
  message:
    "the input file was deleted before all of its lines were begun; upload the lines that are left and make a batch of them",
};
const keyGone = {
  code: "invalid_api_key",
  message:
    "the API key that made this batch was revoked or has expired; make a batch of the lines that are left with another key",
};

/**
 * One pass over the batches that are not over: record what their jobs came to, turn further lines into jobs, and write
 * the files of those that are done. Safe to run twice at the same time: one feeder alone makes jobs of a batch, and
 * writes which before it makes them, so that no end of a batch and no crash leaves an unrecorded job behind.
 *
 * @returns lines begun and lines recorded as over: none when another pass would find nothing to do yet
 */
export async function feedBatches(dependencies: FeedDependencies): Promise<number> {
  const { items, clock, log } = dependencies;
  const until = Math.min(dependencies.until ?? Number.POSITIVE_INFINITY, clock.now() + maxPassMs);
  const due = await dueBatches(items, clock.now());
  if (due.length === 0) return 0;
  const models = await readServedModels(items, dependencies.models, clock.now());
  let moved = 0;
  for (const stored of due) {
    if (clock.now() >= until) break;
    try {
      moved += await feedBatch(stored, { ...dependencies, models, until });
    } catch (error) {
      // Another feeder was faster, or this batch meets a fault: the others go on, and the next pass tries again.
      if (!(error instanceof ItemsConditionFailed))
        log("error", "failed to submit the lines of a batch", { batchId: stored.batch.id, error: String(error) });
    }
  }
  return moved;
}

type PassDependencies = FeedDependencies & { readonly until: number };

/** State of the lines that a batch lists, as a pass found it. */
interface Found {
  /** Their jobs are over, at most `linesPerPass`. */
  readonly settled: readonly BatchFlight[];
  readonly running: readonly BatchFlight[];
  /** A feeder was to make jobs of them and did not. */
  readonly unbegun: readonly BatchFlight[];
}

/** Result of a pass. */
interface Fed {
  readonly rows: readonly BatchRow[];
  readonly inFlight: readonly BatchFlight[];
  readonly next: number;
}

async function feedBatch(stored: StoredBatch, dependencies: PassDependencies): Promise<number> {
  const { clock, window = defaultWindow } = dependencies;
  const { batch } = stored;
  const now = clock.now();
  // Another feeder makes jobs of it, or has died while doing so.
  if ((batch.feedingUntil ?? 0) > now) return 0;
  const found = await findJobs(batch, now, dependencies);
  const { settled, running, unbegun } = found;
  const goesOn = mayBegin(batch, now);
  if (goesOn && running.length < window && (unbegun.length > 0 || batch.next < batch.total)) {
    return beginLines(stored, found, dependencies);
  }
  const fed = goesOn
    ? { rows: settled, inFlight: [...running, ...unbegun], next: batch.next }
    : { rows: settled, inFlight: running, next: firstLine(batch.next, unbegun) };
  await record(stored, fed, dependencies);
  return settled.length;
}

/** Cancels the jobs on the way where the batch ends early. */
async function findJobs(batch: Batch, now: number, { jobs }: FeedDependencies): Promise<Found> {
  const settled: BatchFlight[] = [];
  const running: BatchFlight[] = [];
  const unbegun: BatchFlight[] = [];
  const current = await Promise.all(
    batch.inFlight.map(async ({ jobId }) => {
      const job = await jobs.get(jobId);
      return job && endsEarly(batch, now) ? jobs.requestCancel(jobId) : job;
    }),
  );
  for (const [index, flight] of batch.inFlight.entries()) {
    const job = current[index];
    if (job === undefined) unbegun.push(flight);
    else if (terminalStatuses.has(job.status) && settled.length < linesPerPass) settled.push(flight);
    else running.push(flight);
  }
  return { settled, running, unbegun };
}

function endsEarly({ status, expiresAt }: Batch, now: number): boolean {
  return status === "cancelling" || now >= expiresAt;
}

/** A batch that has met an error as a whole only waits for its jobs. */
function mayBegin(batch: Batch, now: number): boolean {
  return !endsEarly(batch, now) && batch.errors.length === 0;
}

function firstLine(next: number, lines: readonly BatchFlight[]): number {
  return Math.min(next, ...lines.map(({ line }) => line));
}

async function beginLines(
  stored: StoredBatch,
  { settled, running, unbegun }: Found,
  dependencies: PassDependencies,
): Promise<number> {
  const { items, clock, newId, until, window = defaultWindow } = dependencies;
  const { batch, version } = stored;
  const identity = await currentIdentity(batch.identity, dependencies);
  if (identity === undefined) {
    await stop(stored, { ...keyGone, cancels: true }, dependencies);
    return 1;
  }
  const lines = await inputLines(batch, dependencies);
  if (lines === undefined) {
    await stop(stored, { ...inputGone, cancels: false }, dependencies);
    return 1;
  }
  const fresh = lines
    .slice(batch.next, batch.next + linesPerPass - unbegun.length)
    .map(({ custom_id: customId }, i) => ({ line: batch.next + i, customId, jobId: `job_${newId()}` }));
  const now = clock.now();
  const planned: Batch = {
    ...batch,
    next: batch.next + fresh.length,
    inFlight: [...batch.inFlight, ...fresh],
    feedingUntil: now + feedingMs,
  };
  await items.write([batchWrite(planned, version, now)]);
  const plan = [...unbegun, ...fresh];
  const rows: BatchRow[] = [...settled];
  const inFlight = [...running];
  let begun = 0;
  let fault: unknown;
  while (begun < plan.length && inFlight.length < window && clock.now() < until) {
    const flight = plan[begun]!;
    try {
      const refused = await submitLine({ ...batch, identity }, flight, lines[flight.line]!, dependencies);
      if (refused === undefined) inFlight.push(flight);
      else rows.push(refused);
    } catch (error) {
      // There is no room for more of this account now: the line waits in its file.
      if (error instanceof LimitError) break;
      // The job may or may not exist now: the next pass checks.
      inFlight.push(flight);
      fault = error;
    }
    begun++;
    if (fault !== undefined) break;
  }
  const left = plan.slice(begun);
  inFlight.push(...left.filter(({ line }) => line < batch.next));
  const back = left.filter(({ line }) => line >= batch.next);
  await record(
    { batch: planned, version: version + 1 },
    { rows, inFlight, next: firstLine(planned.next, back) },
    dependencies,
  );
  if (fault !== undefined) throw fault;
  return settled.length + begun;
}

/** No more lines of it are begun. @param cancels - whether the jobs on the way end too */
async function stop(
  { batch, version }: StoredBatch,
  { cancels, ...reason }: { readonly code: string; readonly message: string; readonly cancels: boolean },
  { items, clock }: FeedDependencies,
): Promise<void> {
  const now = clock.now();
  const stopped: Batch = {
    ...batch,
    errors: [{ ...reason, param: null, line: null }],
    ...(cancels && { status: "cancelling", cancelledAt: now }),
  };
  await items.write([batchWrite(stopped, version, now)]);
}

/** Write what a pass came to, and end the batch where that was the last of it. */
async function record(stored: StoredBatch, { rows, inFlight, next }: Fed, dependencies: FeedDependencies) {
  const { items, clock } = dependencies;
  const outcomes = await Promise.all(rows.map((row) => succeeded(row, dependencies)));
  const completed = outcomes.filter(Boolean).length;
  const rowWrites = rows.map((row) => rowWrite(stored.batch, row));
  for (;;) {
    const { feedingUntil, ...batch } = stored.batch;
    const now = clock.now();
    const over = inFlight.length === 0 && (!mayBegin(batch, now) || next >= batch.total);
    const fed: Batch = {
      ...batch,
      next,
      inFlight,
      completed: batch.completed + completed,
      failed: batch.failed + rows.length - completed,
    };
    const status = over && batch.status === "in_progress" ? "finalizing" : batch.status;
    try {
      await items.write([batchWrite({ ...fed, status }, stored.version, now), ...rowWrites]);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed) || feedingUntil === undefined) throw error;
      // Canceled meanwhile: what was begun is told all the same, for the next pass to cancel.
      stored = await readBatch(items, batch.identity.accountId, batch.id);
      if (stored.batch.feedingUntil !== feedingUntil) throw error;
      continue;
    }
    if (over) await finishBatch(fed, stored.version + 1, dependencies);
    return;
  }
}

/** @returns nothing once the file has been deleted */
async function inputLines(batch: Batch, dependencies: FeedDependencies): Promise<BatchLine[] | undefined> {
  try {
    const input = await new UploadedFiles(dependencies).read(batch.identity.accountId, batch.inputFileId);
    return parseBatchInput(input.body, batch.endpoint);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function succeeded({ jobId }: BatchRow, { jobs }: FeedDependencies): Promise<boolean> {
  return jobId !== undefined && (await jobs.get(jobId))?.status === "succeeded";
}
