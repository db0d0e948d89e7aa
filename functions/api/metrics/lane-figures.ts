import type { Lane } from "../../../shared/job.ts";
import { laneDepth, oldestInLane } from "../../../shared/ports/lane-queue.ts";
import type { Queue } from "../../../shared/ports/queue.ts";

export const lanes: readonly Lane[] = ["interactive", "batch"];

export interface LaneFigures {
  readonly waiting: number;
  readonly running: number;
  /** Of the oldest job that waits; absent where none does, or the queue does not tell it, as on AWS. */
  readonly ageMs?: number;
}

export async function laneFigures(queue: Queue, lane: Lane, now: number): Promise<LaneFigures> {
  const [{ visible, delayed, inFlight }, oldestAt] = await Promise.all([
    laneDepth(queue, lane),
    oldestInLane(queue, lane),
  ]);
  const ageMs = oldestAt === undefined ? undefined : Math.max(0, now - oldestAt);
  return { waiting: visible + delayed, running: inFlight, ...(ageMs !== undefined && { ageMs }) };
}
