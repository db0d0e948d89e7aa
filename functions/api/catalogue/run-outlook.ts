import { drawnPerMinute } from "../../runs/drawn-per-minute.ts";
import type { Run } from "../../runs/run.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

/** What is left of a run, beside what the fleet and the account's balance can do about it. */
export interface RunOutlook {
  /** Images that the fleet draws in a minute; 0 where none was drawn lately. */
  readonly perMinute: number;
  /** Images that the balance lasts for; absent for an account without limits. */
  readonly affordable?: number;
}

/** Read for a single run: lists and webhooks go without. */
export async function runOutlook(
  run: Run,
  { accountId, terms }: Identity,
  { items, accounts, clock }: Pick<RouteDependencies, "items" | "accounts" | "clock">,
): Promise<RunOutlook> {
  const [perMinute, { available }] = await Promise.all([
    drawnPerMinute(items, clock.now()),
    accounts.balance(accountId),
  ]);
  return terms.unlimited ? { perMinute } : { perMinute, affordable: affordableImages(run, available) };
}

/** Of the images that are left, at their mean price; all of them where nothing is left or they cost nothing. */
export function affordableImages({ total, completed, failed, catalogue }: Run, available: number): number {
  const left = total - completed - failed;
  const price = catalogue!.cost.quoted / Math.max(1, total);
  if (available >= left * price) return left;
  return Math.max(0, Math.floor(available / price));
}
