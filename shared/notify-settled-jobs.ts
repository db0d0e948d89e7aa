import { type Job, terminalStatuses } from "./job.ts";
import { jobMessage } from "./job-message.ts";
import type { JobStore } from "./job-store.ts";
import type { Queue } from "./queue.ts";
import { withMethods } from "./with-methods.ts";

/** The index that the dispatcher reads lags behind the write by moments: a notice that came sooner would find nothing. */
const indexLagMs = 1_000;

/**
 * The store, with a notice to the webhook dispatcher after every transition that leaves messages in the outbox. The notice is for
 * speed alone: the rows are durable by then, and the tick finds them. So one that cannot be sent is no failure.
 */
export function notifySettledJobs(
  jobs: JobStore,
  notices: Pick<Queue, "send">,
  onError: (error: unknown, jobId: string) => void,
): JobStore {
  async function tell(job: Job): Promise<Job> {
    if (job.webhook === undefined || !terminalStatuses.has(job.status)) return job;
    const notice = jobMessage(job.id, job.traceparent);
    await notices.send(notice, { delayMs: indexLagMs }).catch((error: unknown) => onError(error, job.id));
    return job;
  }
  return withMethods(jobs, {
    requestCancel: async (jobId) => tell(await jobs.requestCancel(jobId)),
    async claim(jobId, workerId) {
      const claim = await jobs.claim(jobId, workerId);
      if ("job" in claim) await tell(claim.job);
      return claim;
    },
    succeed: async (held, result) => tell(await jobs.succeed(held, result)),
    fail: async (held, error) => tell(await jobs.fail(held, error)),
    cancel: async (held) => tell(await jobs.cancel(held)),
    async sweep(limit) {
      const swept = await jobs.sweep(limit);
      for (const job of swept.ended) await tell(job);
      return swept;
    },
  });
}
