import { meterDue } from "../../shared/money/ledger.ts";
import type { GuardedResponse } from "../../shared/net/guarded-fetch.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Json } from "../../shared/ports/items.ts";

export interface UsageExportDependencies {
  readonly items: Items;
  readonly clock: Clock;
  /** Where the billing system takes meter events. */
  readonly url: string;
  readonly apiKey: string;
  /** Name of the meter there. */
  readonly eventName: string;
  readonly post: (
    url: string,
    request: { readonly headers: { readonly [name: string]: string }; readonly body: string },
  ) => Promise<Pick<GuardedResponse, "status">>;
  readonly log: (message: string, fields: { readonly [name: string]: Json | undefined }) => void;
}

const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;

/**
 * Tells the billing system of charges that it does not know yet, as Stripe's meter events (form fields, value in
 * micro-units). The rows were written by the transactions that charged, and go once a response of 2xx came: each charge
 * is told at least once, and each time with the same `identifier` (the ledger entry's id), by which the receiver knows
 * a repetition. What fails is tried again, later each time.
 *
 * @param limit - most events of one call
 * @returns how many were told
 */
export async function exportUsage(dependencies: UsageExportDependencies, limit: number): Promise<number> {
  const { items, clock, log } = dependencies;
  const due = await items.query({ index: "due", partition: meterDue, to: clock.now(), limit });
  let told = 0;
  for (const row of due.items) {
    let failure: string | undefined;
    try {
      const { status } = await tell(row, dependencies);
      if (status < 200 || status > 299) failure = `answered ${status}`;
    } catch (error) {
      failure = String(error);
    }
    if (failure === undefined) {
      await settle(items, [{ delete: row, if: { version: row.version } }]);
      told++;
      continue;
    }
    const attempts = Number(row.data.attempts) + 1;
    log("failed to report usage to the billing system", { id: String(row.data.id), attempts, failure });
    const { version, ...item } = row;
    const dueAt = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
    await settle(items, [{ put: { ...item, dueAt, data: { ...row.data, attempts } }, if: { version } }]);
  }
  return told;
}

function tell({ data }: Item, { url, apiKey, eventName, post }: UsageExportDependencies) {
  const body = new URLSearchParams({
    event_name: eventName,
    identifier: String(data.id),
    timestamp: String(Math.floor(Number(data.at) / 1000)),
    "payload[stripe_customer_id]": String(data.customer),
    "payload[value]": String(data.charged),
  });
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/x-www-form-urlencoded" };
  return post(url, { headers, body: body.toString() });
}

/**
 * Another exporter that was at the same row has had its way: then this was a repetition, which the identifier shows.
 */
async function settle(items: Items, writes: Parameters<Items["write"]>[0]): Promise<void> {
  try {
    await items.write(writes);
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
  }
}
