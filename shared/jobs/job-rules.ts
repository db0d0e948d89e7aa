import { ConflictError } from "../errors.ts";
import type { Job, JobError, JobEvent, JobImage } from "../job.ts";
import { terminalStatuses } from "../job.ts";
import { maxBrokenWorkers } from "../limits.ts";
import type { MadeBy } from "../records/job-proof.ts";
import type { Warning } from "../warnings/warning.ts";

/**
 * What may happen to a job, as pure functions of the job and the time. `job-store.ts` makes each result one atomic
 * write. Status only moves forward: queued ⇄ running → succeeded | failed | canceled | expired, and a terminal status
 * is final.
 */

export interface JobTimes {
  readonly leaseMs: number;
  readonly maxFailures: number;
}

/** A changed job and the lines its history gains. */
export interface Change {
  readonly job: Job;
  readonly events: readonly Pick<JobEvent, "type" | "data">[];
  /** The job failed for good because of its own request. @default false */
  readonly callersFault?: boolean;
  /** What made the images, where a worker ended the job. */
  readonly madeBy?: MadeBy | undefined;
}

/** Steps of an attempt that are done, and all of them: over all images of the job. */
export interface StepsDone {
  readonly step: number;
  readonly total: number;
}

class LeaseLost extends ConflictError {
  constructor(jobId: string) {
    super("lease_lost", `job ${jobId} was taken over or ended since: its lease ran out; discard the result`);
  }
}

export function isOver(job: Job): boolean {
  return terminalStatuses.has(job.status);
}

/** @throws LeaseLost unless `current` is still the attempt that `held` is. */
export function assertHolds(current: Job, held: Job): void {
  if (current.status !== "running" || current.attempt !== held.attempt) throw new LeaseLost(held.id);
}

export function claimed(job: Job, workerId: string, now: number, { leaseMs }: JobTimes): Change {
  const attempt = job.attempt + 1;
  const { cancelRequestedAt: _, progress: __, ...rest } = job;
  return {
    job: { ...rest, status: "running", attempt, workerId, leaseUntil: now + leaseMs, startedAt: job.startedAt ?? now },
    events: [{ type: "started", data: { attempt } }],
  };
}

/** Renewals closer together than this part of the lease gain nothing, and each moves the job's check in its index. */
const renewedEvery = 1 / 8;

export function renewed(job: Job, now: number, { leaseMs }: JobTimes): Job {
  const leaseUntil = now + leaseMs;
  return leaseUntil - (job.leaseUntil ?? 0) < renewedEvery * leaseMs ? job : { ...job, leaseUntil };
}

/** Back in the queue. The lease and the worker are gone, what happened so far stays. */
export function requeued(job: Job, reason: string): Change {
  return { job: { ...withoutLease(job), status: "queued" }, events: [{ type: "requeued", data: { reason } }] };
}

export function succeeded(
  job: Job,
  result: { images: readonly JobImage[]; warnings: readonly Warning[]; inferenceMs: number },
  now: number,
): Change {
  const warnings = [...job.warnings, ...result.warnings];
  const { images, inferenceMs } = result;
  return {
    job: { ...withoutLease(job), status: "succeeded", finishedAt: now, images, warnings, inferenceMs },
    events: [{ type: "done", data: { images: images.length } }],
  };
}

/** Reason of a failed attempt. */
export interface FailedAttempt extends JobError {
  /** Another attempt may succeed. */
  readonly retryable: boolean;
  /** The failure may have broken the worker. @default false */
  readonly brokeWorker?: boolean;
  /** The request itself cannot be drawn: what was begun of it is charged. @default false */
  readonly callersFault?: boolean;
  /** See `Change`. */
  readonly madeBy?: MadeBy | undefined;
}

/** A failed attempt: back in the queue while failures are left and another try may help, else failed for good. */
export function attemptFailed(job: Job, error: FailedAttempt, now: number, times: JobTimes): Change {
  const { retryable, brokeWorker = false, callersFault = false, madeBy, ...reason } = error;
  const brokenWorkers = (job.brokenWorkers ?? 0) + (brokeWorker ? 1 : 0);
  const counted = { ...job, failures: job.failures + 1, brokenWorkers: brokenWorkers > 0 ? brokenWorkers : undefined };
  if (retryable && !isWornOut(counted, times)) return requeued({ ...counted, error: reason }, reason.code);
  if (!retryable || brokenWorkers < maxBrokenWorkers) {
    return { ...ended(counted, "failed", now, reason), callersFault, madeBy };
  }
  const message =
    `${reason.message}; ${brokenWorkers} attempts lost their worker or may have broken it, so the job is not ` +
    "tried again: try a smaller size or fewer images, or report its id";
  return { ...ended(counted, "failed", now, { ...reason, message }), madeBy };
}

/** Whether the job has used up its failures, or the workers that may break on it. */
export function isWornOut({ failures, brokenWorkers = 0 }: Job, { maxFailures }: JobTimes): boolean {
  return failures >= maxFailures || brokenWorkers >= maxBrokenWorkers;
}

export function ended(job: Job, status: "failed" | "canceled" | "expired", now: number, error?: JobError): Change {
  const { error: _, ...rest } = withoutLease(job);
  return {
    job: { ...rest, status, finishedAt: now, error },
    events: [
      status === "failed" && error
        ? { type: "error", data: { code: error.code, message: error.message } }
        : { type: "done", data: { status } },
    ],
  };
}

/**
 * A job that nobody holds (queued, or running with an expired lease), as it must be before somebody may take it:
 * queued, or over because it was cancelled, came too late, or lost its last worker.
 */
export function takeable(job: Job, now: number, times: JobTimes): Change {
  if (job.cancelRequestedAt !== undefined) return ended(job, "canceled", now);
  if (job.status === "running") return attemptFailed(job, workerLost, now, times);
  if (job.deadlineAt !== undefined && job.deadlineAt <= now && job.startedAt === undefined) {
    return ended(job, "expired", now);
  }
  return { job, events: [] };
}

/**
 * Nobody knows why a worker went silent: a spot instance taken back, or this very job. So it counts as broken by it.
 */
const workerLost: FailedAttempt = {
  code: "worker_lost",
  message: "the worker that drew this job stopped responding",
  retryable: true,
  brokeWorker: true,
};

function withoutLease(job: Job): Job {
  const { leaseUntil: _, workerId: __, ...rest } = job;
  return rest;
}
