import type { ItemKey, Write } from "./items.ts";
import type { ImageParams, Job, Lane } from "./job.ts";
import { accountPartition } from "./ledger.ts";

/*
 * Jobs wait in the table, one line per lane and account; the queue holds only what workers are about to take. `functions/tick/feed-lanes.ts`
 * moves jobs from the lines to the queue, fairly by account. What these writes keep, with each change of a job in its own transaction:
 *
 *   LINE    `{ waiting, work, ready }`: jobs in the line and their work; jobs released and not begun
 *   WAIT    one row per job in the line, oldest first
 *   ACTIVE  the accounts of a lane that may have somebody in line
 */

/** Where a queued job is: in its account's line, or released to the queue. */
export type LinePlace = "waiting" | "ready" | "none";

/** Work of a job in hundredths of a megapixel and step, whole: what shares and estimates are measured in. */
export function workOf({ width, height, n, steps }: Pick<ImageParams, "width" | "height" | "n" | "steps">): number {
  return Math.ceil((width * height * n * steps) / 10_000);
}

export const lineKey = (accountId: string, lane: Lane): ItemKey => ({
  pk: accountPartition(accountId),
  sk: `LINE#${lane}`,
});
export const waitPartition = (lane: Lane, accountId: string): string => `WAIT#${lane}#${accountId}`;
export const activePartition = (lane: Lane): string => `ACTIVE#${lane}`;

export function waitKey({ id, accountId, createdAt, lane = "interactive" }: Job): ItemKey {
  return { pk: waitPartition(lane, accountId), sk: `${new Date(createdAt).toISOString()}#${id}` };
}

/** What changes in the line when `job` goes from one place to another. */
export function lineWrites(job: Job, from: LinePlace, to: LinePlace, weight = 1): Write[] {
  if (from === to) return [];
  const { id: jobId, accountId, params, lane = "interactive" } = job;
  const work = workOf(params);
  const count = (place: LinePlace) => (to === place ? 1 : 0) - (from === place ? 1 : 0);
  const waiting = count("waiting");
  const writes: Write[] = [
    { add: lineKey(accountId, lane), amounts: { waiting, work: waiting * work, ready: count("ready") } },
  ];
  if (to === "waiting") {
    writes.push(
      { put: { ...waitKey(job), data: { jobId, work } }, if: { absent: true } },
      { put: { pk: activePartition(lane), sk: accountId, data: { weight } } },
    );
  } else if (from === "waiting") {
    writes.push({ delete: waitKey(job), if: { version: 1 } });
  }
  return writes;
}
