import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { JobStore } from "../../../shared/jobs/job-store.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { atOnce } from "../at-once.ts";
import { faceOf } from "../faces.ts";
import type { Flight, Run, RunRow } from "../run.ts";
import type { Kept } from "../run-face.ts";
import { endsEarly } from "../run-rules.ts";
import { drawnJob } from "./drawn-job.ts";
import { readInputRows } from "./row-chunks.ts";

export interface SettleDependencies {
  readonly jobs: JobStore;
  readonly objects: Objects;
  readonly clock: Clock;
}

const readsAtOnce = 32;

/** State of the rows that a run has in flight. */
export interface InFlight {
  /** Outcomes of rows whose jobs are over. */
  readonly settled: readonly Kept[];
  readonly running: readonly Flight[];
  /** There is no job: somebody was to make it and did not. */
  readonly unbegun: readonly Flight[];
}

/** Looks at the jobs under way, and cancels them where the run ends early. */
export async function settleRows(run: Run, { jobs, objects, clock }: SettleDependencies): Promise<InFlight> {
  const face = faceOf(run);
  const cancels = endsEarly(run, clock.now());
  const found = new Map<number, Job>();
  await atOnce(run.inFlight, readsAtOnce, async ({ row, jobId }) => {
    const job = await jobs.get(jobId);
    const current = job && cancels && !terminalStatuses.has(job.status) ? await jobs.requestCancel(jobId) : job;
    if (current !== undefined) found.set(row, current);
  });
  const isOver = ({ row }: Flight) => terminalStatuses.has(found.get(row)?.status ?? "queued");
  const over = run.inFlight.filter(isOver);
  const inputs = await readInputRows(
    run,
    over.map(({ row }) => row),
    objects,
  );
  const settled: Kept[] = [];
  await atOnce(over, readsAtOnce, async (flight) => {
    const job = found.get(flight.row)!;
    const input = inputs.get(flight.row)!;
    const outcome = { row: flight.row, key: input.key, jobId: job.id };
    if (job.status !== "succeeded") {
      return void settled.push({ row: { ...outcome, refused: face.failure(job) }, writes: [] });
    }
    const row: RunRow = { ...outcome, drawn: drawnJob(job) };
    settled.push((await face.keep?.(run, { row, input, job }, { objects, clock })) ?? { row, writes: [] });
  });
  return {
    settled: settled.sort((a, b) => a.row.row - b.row.row),
    running: run.inFlight.filter((flight) => found.has(flight.row) && !isOver(flight)),
    unbegun: run.inFlight.filter(({ row }) => !found.has(row)),
  };
}
