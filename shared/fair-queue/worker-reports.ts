import type { Items } from "../ports/items.ts";

/** Seconds per job as each worker reports them: one short-lived item per worker, read by the scaler. */
const partition = "WORKERS";
const livesMs = 600_000;

/** Report how long this worker's jobs take. The last report counts, for ten minutes. */
export async function reportSecondsPerJob(
  items: Items,
  workerId: string,
  secondsPerJob: number,
  now: number,
): Promise<void> {
  const data = { secondsPerJob, at: now };
  await items.write([{ put: { pk: partition, sk: workerId, exp: Math.ceil((now + livesMs) / 1000), data } }]);
}

/** Mean over the workers heard of in the last ten minutes; `undefined` when there was none. */
export async function meanSecondsPerJob(items: Items, now: number): Promise<number | undefined> {
  const reports = await recentReports(items, now);
  if (reports.length === 0) return undefined;
  return reports.reduce((sum, seconds) => sum + seconds, 0) / reports.length;
}

/** Workers heard of in the last ten minutes. */
export async function countWorkers(items: Items, now: number): Promise<number> {
  return (await recentReports(items, now)).length;
}

/** Seconds per job of each worker heard of lately. */
async function recentReports(items: Items, now: number): Promise<number[]> {
  const { items: workers } = await items.query({ index: "main", partition, limit: 1000 });
  return workers
    .map(({ data }) => data)
    .filter(({ secondsPerJob, at }) => Number(at) > now - livesMs && Number(secondsPerJob) > 0)
    .map(({ secondsPerJob }) => Number(secondsPerJob));
}
