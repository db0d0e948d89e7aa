import { LimitError } from "../../shared/errors.ts";
import { balanceKey, spendKey } from "../../shared/ledger.ts";
import type { Identity, RouteDependencies } from "./dependencies.ts";

/** A guess, where nothing better is known: about the time of one job. */
const retryAfterS = 5;

/**
 * Refuses a job of a key or account that has as many open as it may. Reads one counter and writes nothing; jobs that arrive at the very
 * same moment may go over by as many as there are of them.
 * @throws LimitError `concurrency_limit`
 */
export async function admitJob(
  { accountId, keyId, limits, terms }: Identity,
  { items }: Pick<RouteDependencies, "items">,
): Promise<void> {
  for (const [whose, most, key] of [
    ["API key", limits?.maxOpenJobs, spendKey(accountId, { keyId })],
    ["account", terms.maxOpenJobs, balanceKey(accountId)],
  ] as const) {
    if (most === undefined) continue;
    const open = Number((await items.get(key))?.data.open ?? 0);
    if (open < most) continue;
    const message = `the ${whose} has ${open} jobs that are not over, at most ${most} are allowed; wait for one to end`;
    throw new LimitError("concurrency_limit", message, retryAfterS);
  }
}
