import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import type { Job } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";

/**
 * Responses that are held while no worker is up. Each has an invocation of its own, of which a new account has ten.
 */
const heldWithoutWorker = 5;

/**
 * Whether holding a response for the job would take an invocation that the tick, which starts workers, may need: it
 * waits with others, and no worker is up. All that wait count, not its position: of jobs that come at once, each may be
 * estimated to be the first. Never where responses may be held for ever.
 */
export async function isCrowded(
  job: Job,
  {
    longestResponseMs,
    items,
    queueView,
    clock,
  }: Pick<RouteDependencies, "longestResponseMs" | "items" | "queueView" | "clock">,
): Promise<boolean> {
  if (longestResponseMs === undefined || job.status !== "queued") return false;
  const waiting = await queueView.waiting(job.lane ?? "interactive");
  return waiting > heldWithoutWorker && (await countWorkers(items, clock.now())) === 0;
}
