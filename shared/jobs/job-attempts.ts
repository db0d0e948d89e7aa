import { NotFoundError } from "../errors.ts";
import type { WorkerPaces } from "../fair-queue/model-pace.ts";
import { workOf } from "../fair-queue/work-of.ts";
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
  type StepsDone,
  succeeded,
  takeable,
} from "./job-rules.ts";
import type { ClaimResult, HeldJob, JobStore } from "./job-store.ts";
import type { StoredJobs } from "./stored-jobs.ts";
import { readWatchedUntil, tellsProgress } from "./watched-jobs.ts";

type AttemptCalls = Pick<
  JobStore,
  "claim" | "look" | "tellsProgress" | "heartbeat" | "progress" | "succeed" | "fail" | "cancel" | "giveBack"
>;

/** Calls of the workers: a claim, then transitions that only the worker that holds the job may make. */
export function attemptCalls(jobs: StoredJobs, paces: WorkerPaces): AttemptCalls {
  const { times, clock } = jobs;
  /** @param done - steps that the record does not know yet */
  const asHolder = (held: Job, done: StepsDone | undefined, change: (job: Job, now: number) => Change) =>
    jobs.transition(held.id, ({ job }, now) => {
      assertHolds(job, held);
      return change(done === undefined ? job : { ...job, progress: done }, now);
    });
  return {
    claim: (jobId, workerId) => claim(jobs, jobId, workerId),
    look: (held) => look(jobs, held),
    tellsProgress: (job) => tellsProgress(jobs.items, job),
    heartbeat: (held, done) => asHolder(held, done, (job, now) => ({ job: renewed(job, now, times), events: [] })),
    progress: (held, event, done) =>
      asHolder(held, done, (job, now) => ({ job: renewed(job, now, times), events: [event] })),
    async succeed(held, result, done) {
      const job = await asHolder(held, done, (found, now) => ({
        ...succeeded(found, result, now),
        madeBy: result.madeBy,
      }));
      const { workerId, leaseUntil, params } = held;
      if (workerId === undefined || leaseUntil === undefined) return job;
      // As `claim` returned it: its lease began with the attempt.
      const ms = Math.max(result.inferenceMs, clock.now() - (leaseUntil - times.leaseMs));
      const { startedAt, createdAt } = held;
      const waitMs = startedAt === undefined ? undefined : Math.max(0, startedAt - createdAt);
      await paces.add({ workerId, model: params.model, work: workOf(params), ms, images: params.n, waitMs });
      return job;
    },
    fail: (held, error, done) => asHolder(held, done, (job, now) => attemptFailed(job, error, now, times)),
    cancel: (held, done) => asHolder(held, done, (job, now) => ended(job, "canceled", now)),
    giveBack: (held, done) =>
      asHolder(held, done, (job, now) =>
        job.cancelRequestedAt === undefined ? requeued(job, "worker_stopped") : ended(job, "canceled", now),
      ),
  };
}

async function look(jobs: StoredJobs, held: Job): Promise<HeldJob> {
  const [stored, watchedUntil] = await Promise.all([jobs.read(held.id), readWatchedUntil(jobs.items, held.id)]);
  if (stored === undefined) throw new NotFoundError("job_not_found", `there is no job ${held.id}`, { param: "id" });
  assertHolds(stored.job, held);
  return { job: stored.job, watchedUntil };
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
