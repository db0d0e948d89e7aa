import { queryDue } from "../ports/due-shards.ts";
import type { Items } from "../ports/items.ts";
import { runningJobsDue } from "./job-filters.ts";
import { toStored } from "./job-records.ts";

/** A job that a worker holds. */
export interface RunningJob {
  readonly id: string;
  readonly workerId: string | undefined;
  readonly startedAt: number | undefined;
}

/** More than workers draw at once. */
const most = 1_000;

/** What is being drawn, in the whole service: the jobs whose lease ends first, where there are more than a thousand. */
export async function readRunningJobs(items: Items): Promise<RunningJob[]> {
  const rows = await queryDue(items, runningJobsDue, { limit: most });
  return rows.flatMap((row) => {
    const { job } = toStored(row);
    return job.status === "running" ? [{ id: job.id, workerId: job.workerId, startedAt: job.startedAt }] : [];
  });
}
