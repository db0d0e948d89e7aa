import type { Job } from "../job.ts";
import type { ItemKey, Items, Write } from "../ports/items.ts";
import { readEndpoints } from "../webhooks/webhook-endpoints.ts";
import { wantsEvent } from "../webhooks/webhook-event.ts";

/*
 * Who watches a job. Steps and previews are written only for somebody who wants them: a follower puts the time until
 * which it watches beside the job, and the worker that draws it finds it there. It is an item of its own, so that a
 * follower neither rewrites the job's record nor races with the worker for it.
 */

/** A follower's word counts for so long. */
export const watchMs = 30_000;
/** … and is given again after this: well before it ends, so that a slow write costs no step. */
export const watchAgainMs = 12_000;
/** Kept a little longer than it counts: workers' clocks may be behind. */
const keptMs = 600_000;

const watchKey = (jobId: string): ItemKey => ({ pk: `JOB#${jobId}`, sk: "WATCH" });

/** Somebody watches the job from now on, for `watchMs`. */
export function watchWrite(jobId: string, now: number): Write {
  const until = now + watchMs;
  return { put: { ...watchKey(jobId), exp: Math.ceil((until + keptMs) / 1_000), data: { until } } };
}

/** @returns milliseconds since the epoch; 0 when nobody ever watched */
export async function readWatchedUntil(items: Pick<Items, "get">, jobId: string): Promise<number> {
  return Number((await items.get(watchKey(jobId)))?.data.until ?? 0);
}

/** Whether a webhook wants to hear of the job's steps: its own, or an endpoint of its account. */
export async function tellsProgress(items: Items, { accountId, webhook }: Job): Promise<boolean> {
  if (webhook !== undefined && wantsEvent(webhook.events, "job.progress")) return true;
  const endpoints = await readEndpoints(items, accountId);
  return endpoints.some(({ events, enabled }) => enabled && wantsEvent(events, "job.progress"));
}
