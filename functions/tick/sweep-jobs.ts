import type { Lane } from "../../shared/job.ts";
import { sendJob } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { laneDepth } from "../../shared/ports/lane-queue.ts";
import type { Queue, QueueDepth } from "../../shared/ports/queue.ts";

const batch = 100;

/**
 * Repairs what a crash left behind: messages that were never sent, or are lost, go out again, lost leases and passed
 * deadlines are settled. A message too many does no harm, since a job is claimed and not just received.
 *
 * @returns how many messages were sent again, how many jobs ended, how many only wait, and how many could not be
 * repaired and were set aside
 * @throws the first error of a message that could not be sent, once all others are
 */
export async function sweepJobs({ jobs, queue }: { jobs: JobStore; queue: Queue }): Promise<{
  readonly resent: number;
  readonly ended: number;
  readonly waiting: number;
  readonly failed: number;
}> {
  const asked = new Map<Lane, Promise<QueueDepth>>();
  const depthOf = (lane: Lane) => {
    const known = asked.get(lane) ?? laneDepth(queue, lane);
    asked.set(lane, known);
    return known;
  };
  const { resend, ended, waiting, failed } = await jobs.sweep(batch, depthOf);
  const errors: unknown[] = [];
  for (const job of resend) {
    try {
      await sendJob(queue, job);
      await jobs.confirmSent(job.id);
    } catch (error) {
      // Its next check is one interval away, and sends it again.
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return { resent: resend.length, ended: ended.length, waiting, failed };
}
