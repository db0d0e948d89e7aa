import type { Job } from "../../../shared/job.ts";
import { assertOpenWithin, queueFull } from "../../../shared/jobs/record-submission.ts";
import { balanceKey, spendKey } from "../../../shared/money/ledger.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

/**
 * Refuses a job when its key or account has the most open jobs it may have, before anything is fetched for it. Writes
 * nothing: the same limits are conditions of the submission, which decides between jobs that arrive at the same moment.
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
    if (most !== undefined) assertOpenWithin(whose, Number((await items.get(key))?.data.open ?? 0), most);
  }
  const { open, most, retryAfterMs, ...place } = await queueView.room(job);
  if (retryAfterMs === 0) return place;
  throw queueFull(open, most, Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
