import { LimitError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";
import { balanceKey, spendKey } from "../../../shared/money/ledger.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

/** A guess, where nothing better is known: about the time of one job. */
const openJobsRetryS = 5;

/**
 * Refuses a job for which there is no room: the lane is full, or its key or account has as many open as it may. Reads and writes nothing; jobs that
 * arrive at the very same moment may go over by as many as there are of them.
 * @throws LimitError `queue_full`, with when there will be room at the pace of the moment; `concurrency_limit`
 */
export async function admitJob(
  job: Job,
  { accountId, keyId, limits, terms }: Identity,
  { items, queueView }: Pick<RouteDependencies, "items" | "queueView">,
): Promise<void> {
  for (const [whose, most, key] of [
    ["API key", limits?.maxOpenJobs, spendKey(accountId, { keyId })],
    ["account", terms.maxOpenJobs, balanceKey(accountId)],
  ] as const) {
    if (most === undefined) continue;
    const open = Number((await items.get(key))?.data.open ?? 0);
    if (open < most) continue;
    const message = `the ${whose} has ${open} jobs that are not over, at most ${most} are allowed; wait for one to end`;
    throw new LimitError("concurrency_limit", message, openJobsRetryS);
  }
  const { waiting, retryAfterMs } = await queueView.room(job);
  if (retryAfterMs === 0) return;
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const message = `${waiting} ${job.lane} jobs wait, and there is no room for more of this account; try again in ${retryAfterS} s`;
  throw new LimitError("queue_full", message, retryAfterS);
}
