import { NotFoundError } from "../errors.ts";
import type { Job } from "../job.ts";
import {
  assertHolds,
  attemptFailed,
  type Change,
  claimed,
  ended,
  isOver,
  isWornOut,
  renewed,
  requeued,
  succeeded,
  takeable,
} from "./job-rules.ts";
import type { ClaimResult, JobStore } from "./job-store.ts";
import type { StoredJobs } from "./stored-jobs.ts";

type AttemptCalls = Pick<JobStore, "claim" | "heartbeat" | "progress" | "succeed" | "fail" | "cancel" | "giveBack">;

/** Calls of the workers: a claim, then transitions that only the worker that holds the job may make. */
export function attemptCalls(jobs: StoredJobs): AttemptCalls {
  const { times } = jobs;
  const asHolder = (held: Job, change: (job: Job, now: number) => Change) =>
    jobs.transition(held.id, ({ job }, now) => {
      assertHolds(job, held);
      return change(job, now);
    });
  return {
    claim: (jobId, workerId) => claim(jobs, jobId, workerId),
    heartbeat: (held) => asHolder(held, (job, now) => ({ job: renewed(job, now, times), events: [] })),
    progress: (held, event, progress) =>
      asHolder(held, (job, now) => ({ job: { ...renewed(job, now, times), progress }, events: [event] })),
    succeed: (held, result) => asHolder(held, (job, now) => succeeded(job, result, now)),
    fail: (held, error) => asHolder(held, (job, now) => attemptFailed(job, error, now, times)),
    cancel: (held) => asHolder(held, (job, now) => ended(job, "canceled", now)),
    giveBack: (held) =>
      asHolder(held, (job, now) =>
        job.cancelRequestedAt === undefined ? requeued(job, "worker_stopped") : ended(job, "canceled", now),
      ),
  };
}

async function claim(jobs: StoredJobs, jobId: string, workerId: string): Promise<ClaimResult> {
  const { times } = jobs;
  let held: ClaimResult | undefined;
  const job = await jobs
    .transition(jobId, ({ job: found }, now) => {
      held = undefined;
      if (isOver(found)) return undefined;
      if (found.status === "running" && (found.leaseUntil ?? 0) > now) {
        held = { outcome: "held", leaseUntil: found.leaseUntil ?? now };
        return undefined;
      }
      const change = takeable(found, now, times);
      if (change.job.status !== "queued") return change;
      const taken = claimed(change.job, workerId, now, times);
      return { job: taken.job, events: [...change.events, ...taken.events] };
    })
    .catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
  if (!job) return { outcome: "unknown" };
  if (held) return held;
  if (job.status === "running") return { outcome: "claimed", job };
  // Also when the sweep ended it, or a worker that died before it could dead-letter the message.
  const wornOut = job.status === "failed" && isWornOut(job, times);
  return { outcome: wornOut ? "exhausted" : "over", job };
}
