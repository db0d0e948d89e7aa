import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Queue } from "../../shared/ports/queue.ts";

const batch = 100;

/**
 * Repairs what a crash left behind: messages that were never sent go out again, lost leases and passed deadlines are
 * settled. A message too many does no harm, since a job is claimed and not just received.
 *
 * @returns how many messages were sent again and how many jobs ended
 */
export async function sweepJobs({ jobs, queue }: { jobs: JobStore; queue: Queue }): Promise<{
  readonly resent: number;
  readonly ended: number;
}> {
  const { resend, ended } = await jobs.sweep(batch);
  for (const { id, lane = "interactive", traceparent } of resend) {
    await queue.send(jobMessage(id, traceparent), { lane });
    await jobs.confirmSent(id);
  }
  return { resent: resend.length, ended: ended.length };
}
