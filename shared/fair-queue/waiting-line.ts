import type { ImageParams, Job, Lane } from "../job.ts";
import { accountPartition } from "../money/ledger.ts";
import type { ItemKey, Write } from "../ports/items.ts";
import { type DrawnParams, pixelCalls } from "../request/drawing-passes.ts";

/*
 * Jobs wait in the table, one line per lane and account; the queue holds only what workers are about to take.
 * `functions/tick/feed-lanes.ts` moves jobs from the lines to the queue, fairly by account. What these writes keep,
 * with each change of a job in its own transaction:
 *
 *   LINE      `{ waiting, work, ready, entered }`: jobs in the line and their work; jobs released and not begun; how many ever waited
 *   WAIT      one row per job in the line, oldest first
 *   ACTIVE    the accounts of a lane that may have jobs in line
 *   RELEASED  one row per job that is in the queue or being drawn, in the order in which they left their lines
 */

/** Where a job is: in its account's line, released to the queue, with a worker, or none of these because it is over. */
export type LinePlace = "waiting" | "ready" | "drawing" | "none";

/** A job's place, and what its rows are found and filled by. */
export interface LinePosition {
  readonly place: LinePlace;
  /** When it last left its line. Milliseconds since the epoch, as all times here. */
  readonly releasedAt?: number;
  /** When its current attempt began. */
  readonly begunAt?: number;
}

export const nowhere: LinePosition = { place: "none" };

/** Work of a job in hundredths of a megapixel and network call, whole: what shares and estimates are measured in. */
export function workOf(params: DrawnParams & Pick<ImageParams, "n">): number {
  return Math.ceil((params.n * pixelCalls(params)) / 10_000);
}

export const lineKey = (accountId: string, lane: Lane): ItemKey => ({
  pk: accountPartition(accountId),
  sk: `LINE#${lane}`,
});
export const waitPartition = (lane: Lane, accountId: string): string => `WAIT#${lane}#${accountId}`;
export const activePartition = (lane: Lane): string => `ACTIVE#${lane}`;
export const releasedPartition = (lane: Lane): string => `RELEASED#${lane}`;

export function waitKey({ id, accountId, createdAt, lane = "interactive" }: Job): ItemKey {
  return { pk: waitPartition(lane, accountId), sk: rowSortKey(createdAt, id) };
}

/** The job's id comes last. */
function rowSortKey(at: number, jobId: string): string {
  return `${new Date(at).toISOString()}#${jobId}`;
}

/** Share and arrival number of an account entering the queue. */
export interface Joining {
  readonly weight: number;
  readonly entered: number;
}

/** Writes for line and queue when `job` moves from one position to another. */
export function lineWrites(
  job: Job,
  from: LinePosition,
  to: LinePosition,
  { weight, entered }: Joining = { weight: 1, entered: 0 },
): Write[] {
  const { id: jobId, accountId, params, lane = "interactive" } = job;
  const work = workOf(params);
  const count = (place: LinePlace) => (to.place === place ? 1 : 0) - (from.place === place ? 1 : 0);
  const [waiting, ready] = [count("waiting"), count("ready")];
  const writes: Write[] = [];
  if (waiting !== 0 || ready !== 0) {
    const amounts = { waiting, work: waiting * work, ready };
    writes.push({ add: lineKey(accountId, lane), amounts: waiting > 0 ? { ...amounts, entered: 1 } : amounts });
  }
  if (waiting > 0) {
    writes.push(
      { put: { ...waitKey(job), data: { jobId, work, entered } }, if: { absent: true } },
      { put: { pk: activePartition(lane), sk: accountId, data: { weight } } },
    );
  } else if (waiting < 0) {
    writes.push({ delete: waitKey(job), if: { version: 1 } });
  }
  const [before, after] = [releasedRow(job, from), releasedRow(job, to)];
  if (before !== undefined && before.sk !== after?.sk) writes.push({ delete: { pk: before.pk, sk: before.sk } });
  if (after !== undefined && (before?.sk !== after.sk || from.begunAt !== to.begunAt)) writes.push({ put: after });
  return writes;
}

function releasedRow({ id: jobId, params, lane = "interactive" }: Job, { place, releasedAt, begunAt }: LinePosition) {
  if (place !== "ready" && place !== "drawing") return undefined;
  // Jobs submitted before these rows existed have none.
  if (releasedAt === undefined) return undefined;
  const data = { jobId, work: workOf(params), ...(place === "drawing" && begunAt !== undefined && { begunAt }) };
  return { pk: releasedPartition(lane), sk: rowSortKey(releasedAt, jobId), data };
}
