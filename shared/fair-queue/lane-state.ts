import type { Job, Lane } from "../job.ts";
import type { Items } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import type { LineLoad } from "./queue-estimate.ts";
import { activePartition, lineKey, releasedPartition, waitKey, waitPartition } from "./waiting-line.ts";

/** Queued and running jobs of one lane, read from the rows of `waiting-line.ts`. */
export interface LaneState {
  /** Jobs in the queue, in the order in which they were released. */
  readonly ready: readonly { readonly jobId: string; readonly work: number }[];
  readonly drawing: readonly { readonly jobId: string; readonly work: number; readonly begunAt: number }[];
  /** Lines of the accounts that have jobs waiting. */
  readonly lines: readonly LineLoad[];
}

/** Costs one read per account with jobs in line, and one per thousand jobs in the queue: worth caching briefly. */
export async function readLane(items: Items, lane: Lane): Promise<LaneState> {
  const [released, active] = await Promise.all([
    queryAll(items, { index: "main", partition: releasedPartition(lane) }),
    queryAll(items, { index: "main", partition: activePartition(lane) }),
  ]);
  const lines = await Promise.all(
    active.map(async ({ sk: id, data: { weight } }) => {
      const line = (await items.get(lineKey(id, lane)))?.data;
      return { id, weight: Number(weight), jobs: Number(line?.waiting ?? 0), work: Number(line?.work ?? 0) };
    }),
  );
  const rows = released.map(({ data: { jobId, work, begunAt } }) => ({
    jobId: String(jobId),
    work: Number(work),
    begunAt: begunAt === undefined ? undefined : Number(begunAt),
  }));
  return {
    ready: rows.filter(({ begunAt }) => begunAt === undefined),
    drawing: rows.flatMap(({ begunAt, ...row }) => (begunAt === undefined ? [] : [{ ...row, begunAt }])),
    lines: lines.filter(({ jobs }) => jobs > 0),
  };
}

/** At most this many jobs ahead are counted; further back, the number is estimated from when the job joined. */
const counted = 50;

/** Jobs and work ahead of a job in its own account's line; `undefined` when the job is not in it. */
export async function beforeInLine(
  items: Items,
  job: Job,
): Promise<{ readonly jobs: number; readonly work: number } | undefined> {
  const { accountId, lane = "interactive" } = job;
  const own = await items.get(waitKey(job));
  if (own === undefined) return undefined;
  const head = await items.query({
    index: "main",
    partition: waitPartition(lane, accountId),
    to: own.sk,
    limit: counted + 1,
  });
  if (head.cursor === undefined) {
    const before = head.items.filter(({ sk }) => sk !== own.sk);
    return { jobs: before.length, work: before.reduce((sum, { data }) => sum + Number(data.work), 0) };
  }
  const line = (await items.get(lineKey(accountId, lane)))?.data ?? {};
  const first = Number(head.items[0]?.data.entered ?? 0);
  // Jobs that were cancelled in line leave gaps; taken to be as many everywhere.
  const ever = Math.max(1, Number(line.entered ?? 0) - first);
  const part = Math.min(1, Math.max(0, Number(own.data.entered ?? 0) - first) / ever);
  const jobs = Math.max(counted, Math.round(part * Number(line.waiting ?? 0)));
  return { jobs, work: part * Number(line.work ?? 0) };
}
