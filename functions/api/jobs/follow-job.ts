import { type Job, type JobEvent, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { pollIntervals } from "./wait-for-job.ts";

export interface FollowOptions {
  /** Events up to this number are known already. */
  readonly afterSeq: number;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * The job's history as it grows, ending with its `done` or `error`. Yields `undefined` after every read that found
 * nothing new, so that the caller can keep its connection alive.
 */
export async function* followJob(
  jobId: string,
  { jobs, clock }: Pick<RouteDependencies, "jobs" | "clock">,
  { afterSeq, signal }: FollowOptions,
): AsyncGenerator<JobEvent | undefined, void> {
  let seq = afterSeq;
  let nextInterval = pollIntervals();
  let over: Job | undefined;
  while (!signal.aborted) {
    const events = await jobs.events(jobId, seq, 100);
    for (const event of events) {
      yield event;
      seq = event.seq;
      if (isLast(event)) return;
    }
    if (events.length > 0) {
      nextInterval = pollIntervals();
      continue;
    }
    if (over !== undefined) {
      // Events are kept for a shorter time than the job: derive the last one from the record.
      yield {
        seq: seq + 1,
        at: over.finishedAt ?? clock.now(),
        type: over.status === "failed" ? "error" : "done",
        data: {},
      };
      return;
    }
    const job = await jobs.get(jobId);
    // Its last event was written in the same transaction as this status: read once more before concluding that there is
    // none.
    if (job !== undefined && terminalStatuses.has(job.status)) over = job;
    else {
      yield undefined;
      await clock.sleep(nextInterval(), signal);
    }
  }
}

export function isLast({ type }: JobEvent): boolean {
  return type === "done" || type === "error";
}
