import { type Job, type JobEvent, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { pollIntervals } from "./wait-for-job.ts";

export interface FollowOptions {
  /** Steps are wanted: the worker reports them while this is followed. */
  readonly steps: boolean;
  /** Events up to this number are known already. */
  readonly afterSeq: number;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * The job's history as it grows, ending with its `done` or `error`. Yields `undefined` after every read that found
 * nothing new, so that the caller can keep its connection alive. Steps are in it as far as somebody watched; every
 * image of a job that succeeded is.
 */
export async function* followJob(
  jobId: string,
  dependencies: Pick<RouteDependencies, "jobs" | "clock" | "watches" | "longestResponseMs">,
  { steps, afterSeq, signal }: FollowOptions,
): AsyncGenerator<JobEvent | undefined, void> {
  const { jobs, clock, watches, longestResponseMs = Number.POSITIVE_INFINITY } = dependencies;
  const endsAt = clock.now() + longestResponseMs;
  let seq = afterSeq;
  let nextInterval = pollIntervals();
  let over: Job | undefined;
  const toldImages = new Set<unknown>();
  while (!signal.aborted && clock.now() < endsAt) {
    const events = await jobs.events(jobId, seq, 100);
    for (const event of events) {
      if (event.type === "image") toldImages.add(event.data.index);
      if (event.type === "done") {
        // Images sent before the event that the client resumes after.
        for (const { type, data } of afterSeq > 0 ? await jobs.events(jobId, 0, 1_000) : []) {
          if (type === "image") toldImages.add(data.index);
        }
        yield* untoldImages(await jobs.get(jobId), toldImages, { seq, at: event.at });
      }
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
      if (steps) await watches.touch(jobId);
      yield undefined;
      await clock.sleep(nextInterval(), signal);
    }
  }
}

/**
 * Images that were finished while nobody watched; they are sent with the job's end. They bear the number of the event
 * before it, so that a client that resumes after one of them still gets the end.
 */
function* untoldImages(
  job: Job | undefined,
  told: ReadonlySet<unknown>,
  { seq, at }: Pick<JobEvent, "seq" | "at">,
): Generator<JobEvent, void> {
  for (const { index, key, width, height, seed } of job?.images ?? []) {
    if (!told.has(index)) yield { seq, at, type: "image", data: { index, key, width, height, seed } };
  }
}

export function isLast({ type }: JobEvent): boolean {
  return type === "done" || type === "error";
}
