import type { Items } from "../ports/items.ts";

/** Seconds per job as each worker reports them: one short-lived item per worker, read by the scaler. */
const partition = "WORKERS";
const livesMs = 600_000;

/**
 * Report how long this worker's jobs take. The last report counts, for ten minutes.
 * @param version - of the worker, as its deployment calls it; proves to the tick that it draws
 */
export async function reportSecondsPerJob(
  items: Items,
  workerId: string,
  secondsPerJob: number,
  now: number,
  version?: string,
): Promise<void> {
  const data = { secondsPerJob, at: now, version };
  await items.write([{ put: { pk: partition, sk: workerId, exp: Math.ceil((now + livesMs) / 1000), data } }]);
}

/** What one worker told last, in the last ten minutes. */
export interface WorkerReport {
  readonly secondsPerJob: number;
  /** When it had drawn; milliseconds since the epoch. */
  readonly at: number;
  readonly version?: string;
}

/** Mean over the workers heard of in the last ten minutes; `undefined` when there was none. */
export async function meanSecondsPerJob(items: Items, now: number): Promise<number | undefined> {
  return meanSecondsOf(await workerReports(items, now));
}

/** Mean over these workers; `undefined` when there is none. */
export function meanSecondsOf(reports: readonly WorkerReport[]): number | undefined {
  if (reports.length === 0) return undefined;
  return reports.reduce((sum, { secondsPerJob }) => sum + secondsPerJob, 0) / reports.length;
}

/** Workers heard of in the last ten minutes. */
export async function countWorkers(items: Items, now: number): Promise<number> {
  return (await workerReports(items, now)).length;
}

/** What each worker heard of in the last ten minutes told. */
export async function workerReports(items: Items, now: number): Promise<WorkerReport[]> {
  const { items: workers } = await items.query({ index: "main", partition, limit: 1000 });
  return workers
    .map(({ data: { secondsPerJob, at, version } }) => ({
      secondsPerJob: Number(secondsPerJob),
      at: Number(at),
      version: typeof version === "string" ? version : undefined,
    }))
    .filter(({ secondsPerJob, at }) => at > now - livesMs && secondsPerJob > 0);
}
