import type { Items, Write } from "../ports/items.ts";

/*
 * Attempts to deliver webhooks, by what became of the message: delivered, to be tried again (pending), given up, and
 * the like. A dispatcher counts in memory and adds what it counted once in a while: to the totals, to a row of the day
 * by the hour, and to such a row of each endpoint.
 */

const totalsKey = { pk: "TOTALS", sk: "webhook-attempts" };
const hourMs = 3_600_000;
/** Endpoints of one flush; more are in the totals alone. */
const maxEndpoints = 90;
const flushEveryMs = 30_000;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const hourOf = (at: number): string => new Date(at).toISOString().slice(11, 13);
/** @param endpoint - `default` for the webhooks of single jobs */
const endpointKey = (accountId: string, endpoint: string, day: string) => ({
  pk: `ATTEMPTS#${accountId}`,
  sk: `${endpoint}#${day}`,
});
const serviceKey = (day: string) => ({ pk: "ATTEMPTS", sk: day });

export type AttemptTotals = { readonly [status: string]: number };

/** One attempt: whose, to which endpoint, and the state that it left the message in. */
export interface CountedAttempt {
  readonly status: string;
  readonly accountId: string;
  /** @default the webhook of a single job */
  readonly endpointId?: string | undefined;
}

/** The attempts of this process that the store does not know yet. */
export class AttemptCounts {
  #flushedAt = Number.NEGATIVE_INFINITY;
  #counts = new Map<string, { readonly attempt: CountedAttempt; readonly at: number; count: number }>();

  add({ status, accountId, endpointId }: CountedAttempt, now: number): void {
    const key = [status, accountId, endpointId, Math.floor(now / hourMs)].join(" ");
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { attempt: { status, accountId, endpointId }, at: now, count: 1 });
  }

  /** The same, unless that was done in the last half minute: for a process that is busy only now and then. */
  async flushSometimes(items: Items, now: number): Promise<void> {
    if (now - this.#flushedAt < flushEveryMs) return;
    this.#flushedAt = now;
    await this.flush(items);
  }

  /** Adds what was counted to the store. What could not be written is added the next time. */
  async flush(items: Items): Promise<void> {
    if (this.#counts.size === 0) return;
    const counted = this.#counts;
    this.#counts = new Map();
    try {
      await items.write(writesOf([...counted.values()]));
    } catch (error) {
      for (const [key, { count, ...others }] of counted) {
        const since = this.#counts.get(key);
        if (since) since.count += count;
        else this.#counts.set(key, { ...others, count });
      }
      throw error;
    }
  }
}

function writesOf(
  counted: readonly { readonly attempt: CountedAttempt; readonly at: number; readonly count: number }[],
): Write[] {
  const rows = new Map<string, { readonly key: { pk: string; sk: string }; amounts: { [name: string]: number } }>();
  const add = (key: { pk: string; sk: string }, attribute: string, count: number) => {
    const name = `${key.pk} ${key.sk}`;
    const row = rows.get(name) ?? { key, amounts: {} };
    row.amounts[attribute] = (row.amounts[attribute] ?? 0) + count;
    rows.set(name, row);
  };
  for (const { attempt, at, count } of counted) {
    const { status, accountId, endpointId = "default" } = attempt;
    const inHour = `${hourOf(at)} ${status}`;
    add(totalsKey, status, count);
    add(serviceKey(dayOf(at)), inHour, count);
    if (rows.size < maxEndpoints) add(endpointKey(accountId, endpointId, dayOf(at)), inHour, count);
  }
  // Sums of figures: nothing depends on their being written together.
  return Array.from(rows.values(), ({ key, amounts }, i) => ({ add: key, amounts, ...(i > 0 && { apart: "after" }) }));
}

export async function readAttemptTotals(items: Pick<Items, "get">): Promise<AttemptTotals> {
  const data = (await items.get(totalsKey))?.data ?? {};
  return Object.fromEntries(Object.entries(data).map(([status, count]) => [status, Number(count)]));
}

/** The attempts of one hour. */
export interface AttemptHour {
  /** Its beginning, milliseconds since the epoch. */
  readonly at: number;
  readonly attempts: AttemptTotals;
}

/**
 * Attempts in the hour of `now` and those before it, the oldest first; an hour without any is there too.
 * @param of - one endpoint, `default` for the webhooks of single jobs. @default those of the whole service
 */
export async function readAttemptHours(
  items: Pick<Items, "get">,
  { hours, now }: { readonly hours: number; readonly now: number },
  of?: { readonly accountId: string; readonly endpoint: string },
): Promise<AttemptHour[]> {
  const first = Math.floor(now / hourMs) * hourMs - (hours - 1) * hourMs;
  const starts = Array.from({ length: hours }, (_, i) => first + i * hourMs);
  const days = [...new Set(starts.map(dayOf))];
  const keyOf = (day: string) => (of === undefined ? serviceKey(day) : endpointKey(of.accountId, of.endpoint, day));
  const rows = new Map(
    await Promise.all(days.map(async (day) => [day, (await items.get(keyOf(day)))?.data ?? {}] as const)),
  );
  return starts.map((at) => {
    const prefix = `${hourOf(at)} `;
    const counted = Object.entries(rows.get(dayOf(at)) ?? {}).filter(([name]) => name.startsWith(prefix));
    const attempts = Object.fromEntries(counted.map(([name, count]) => [name.slice(prefix.length), Number(count)]));
    return { at, attempts };
  });
}
