import type { JobStore } from "../../shared/jobs/job-store.ts";

/** A claim that a worker was granted: what it believed it held. */
export interface Claim {
  readonly jobId: string;
  readonly attempt: number;
  readonly worker: string;
}

/** What processes told the store, to be compared with what is in it. */
export interface Observations {
  readonly claims: Claim[];
  /** Jobs that followers said they watch. */
  readonly watched: Set<string>;
  /** Steps that workers said were done when they cancelled a job. */
  readonly canceledAfter: Map<string, number>;
}

/** A process's store, with what it is told written down. */
export function observeStore(jobs: JobStore, worker: string, observations: Observations): JobStore {
  const { claims, watched, canceledAfter } = observations;
  return {
    ...jobs,
    watch: async (jobId) => {
      // Also if the write is refused afterwards: then it may have been stored all the same.
      watched.add(jobId);
      await jobs.watch(jobId);
    },
    cancel: async (held, done) => {
      const job = await jobs.cancel(held, done);
      canceledAfter.set(job.id, done?.step ?? 0);
      return job;
    },
    claim: async (jobId, workerId) => {
      const claim = await jobs.claim(jobId, workerId);
      if (claim.outcome === "claimed") claims.push({ jobId, attempt: claim.job.attempt, worker });
      return claim;
    },
  };
}
