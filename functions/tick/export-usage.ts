import { meterDue, meterSetAside } from "../../shared/money/ledger.ts";
import type { GuardedResponse } from "../../shared/net/guarded-fetch.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed } from "../../shared/ports/items.ts";
import type { Log } from "../../shared/process/log.ts";

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
  ) => Promise<Pick<GuardedResponse, "status" | "body">>;
  readonly log: Log;
}

const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;
/**
 * Refusals that say nothing of the event itself: a wrong key, a wrong address, a slow or busy receiver. Every other 4xx
 * would be given again and again.
 */
const passingStatuses: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 408, 425, 429]);
const maxReasonCharacters = 300;

export interface ExportedUsage {
  /** Events that the billing system knows now. */
  readonly told: number;
  /** Events tried; fewer than the limit when no more were due. */
  readonly tried: number;
}

/**
 * Reports charges that the billing system does not know yet, as Stripe's meter events (form fields, value in
 * micro-units). The rows were written by the transactions that charged, and go once a response of 2xx came, or one that
 * says that the event is known: each charge is reported at least once, each time with the same `identifier` (the ledger
 * entry's id), by which the receiver knows a repetition. What fails for a time is tried again, later each time. An
 * event that is refused for itself is set aside with the reason and reported once; `npm run accounts -- unreported`
 * shows it.
 *
 * @param limit - most events of one call
 */
export async function exportUsage(dependencies: UsageExportDependencies, limit: number): Promise<ExportedUsage> {
  const { items, clock, log } = dependencies;
  const due = await items.query({ index: "due", partition: meterDue, to: clock.now(), limit });
  let told = 0;
  for (const row of due.items) {
    const outcome = await tell(row, dependencies);
    if (outcome === "told") {
      await settle(items, [{ delete: row, if: { version: row.version } }]);
      told++;
      continue;
    }
    const { version, ...item } = row;
    const id = String(row.data.id);
    const attempts = Number(row.data.attempts) + 1;
    const { failure } = outcome;
    if (outcome.isFinal) {
      log("error", "usage refused by the billing system and set aside; see: npm run accounts -- unreported", {
        id,
        failure,
      });
      const data = { ...row.data, attempts, failure };
      await settle(items, [{ put: { ...item, duePk: meterSetAside, dueAt: clock.now(), data }, if: { version } }]);
      continue;
    }
    log("error", "failed to report usage to the billing system", { id, attempts, failure });
    const dueAt = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
    await settle(items, [{ put: { ...item, dueAt, data: { ...row.data, attempts } }, if: { version } }]);
  }
  return { told, tried: due.items.length };
}

type Outcome = "told" | { readonly failure: string; readonly isFinal: boolean };

async function tell(row: Item, dependencies: UsageExportDependencies): Promise<Outcome> {
  try {
    const { status, body } = await send(row, dependencies);
    if (status >= 200 && status <= 299) return "told";
    const text = new TextDecoder().decode(body);
    if (status === 400 && isDuplicate(text)) return "told";
    const isFinal = status >= 400 && status <= 499 && !passingStatuses.has(status);
    return { failure: `responded with ${status}: ${text.slice(0, maxReasonCharacters)}`, isFinal };
  } catch (error) {
    return { failure: String(error), isFinal: false };
  }
}

/** The billing system has an event of this identifier: an earlier attempt arrived although its response did not. */
function isDuplicate(body: string): boolean {
  return /duplicate_meter_event|already exists with identifier/i.test(body);
}

function send({ data }: Item, { url, apiKey, eventName, post }: UsageExportDependencies) {
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
