import { LimitError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";
import { queueFull } from "../../../shared/jobs/record-submission.ts";
import { balanceKey, spendKey } from "../../../shared/money/ledger.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

/** `Retry-After` of `concurrency_limit`: about the time of one job. */
const openJobsRetryS = 5;

/**
 * Refuses a job when its key or account has the most open jobs it may have. Writes nothing, so jobs that arrive at the
 * same moment may exceed a limit of theirs together; the limit of all accounts (`queue_full`) is a condition of the
 * submission as well.
 * @returns jobs that the account had submitted before, and what its place is estimated from
 * @throws LimitError `queue_full`, with the estimated time until there is room; `concurrency_limit`
 */
export async function admitJob(
  job: Job,
  { accountId, keyId, limits, terms }: Identity,
  { items, queueView }: Pick<RouteDependencies, "items" | "queueView">,
): Promise<Pick<Job, "entered" | "sentBefore">> {
  for (const [whose, most, key] of [
    ["API key", limits?.maxOpenJobs, spendKey(accountId, { keyId })],
    ["account", terms.maxOpenJobs, balanceKey(accountId)],
  ] as const) {
    if (most === undefined) continue;
    const open = Number((await items.get(key))?.data.open ?? 0);
    if (open < most) continue;
    const message = `the ${whose} has ${open} open jobs, the limit is ${most}; wait for one to finish`;
    throw new LimitError("concurrency_limit", message, openJobsRetryS);
  }
  const { open, most, retryAfterMs, ...place } = await queueView.room(job);
  if (retryAfterMs === 0) return place;
  throw queueFull(open, most, Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
