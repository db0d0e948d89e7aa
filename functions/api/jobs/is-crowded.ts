import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { RouteDependencies } from "../dependencies.ts";

/** Responses that are held while no worker is up. Each has an invocation of its own, of which a new account has ten. */
const heldWithoutWorker = 5;

/**
 * Whether holding a response for the job would take an invocation that the tick, which starts workers, may need: it is
 * queued behind others, and no worker is up. Never where responses may be held for ever.
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
  if (longestResponseMs === undefined || terminalStatuses.has(job.status)) return false;
  const place = await queueView.place(job);
  return (place?.position ?? 0) > heldWithoutWorker && (await countWorkers(items, clock.now())) === 0;
}
