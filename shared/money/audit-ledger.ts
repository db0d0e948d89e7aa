import { type Job, terminalStatuses } from "../job.ts";
import { jobKey } from "../jobs/job-history.ts";
import { toStored } from "../jobs/job-records.ts";
import type { Item, Items } from "../ports/items.ts";
import { queryAll, queryEach } from "../ports/query-all.ts";
import {
  accountPartition,
  balanceKey,
  holdKey,
  holdPrefix,
  type LedgerEntry,
  ledgerEntry,
  ledgerPrefix,
} from "./ledger.ts";
import { type Check, LedgerTally, type OpenReserve } from "./ledger-tally.ts";
import { noUsage, rollupPrefix } from "./usage-rollups.ts";

/** Something that does not add up. `expected` follows from the ledger, `found` is what is stored. */
interface Discrepancy {
  readonly accountId: string;
  /** For example `balance.available`, `hold of job_…`, `spending of key_… in 2026-11`. */
  readonly what: string;
  readonly expected: number | string;
  readonly found: number | string;
}

export interface AccountAudit {
  readonly accountId: string;
  readonly entries: number;
  readonly holds: number;
  readonly available: number;
  readonly held: number;
  /** At most `maxDiscrepancies`. */
  readonly discrepancies: readonly Discrepancy[];
}

/** Reads of the end of the ledger before the audit gives up on an account that changes all the time. */
const maxTries = 50;
/** An entry is written at most so long after the time it bears. */
const settledAfterMs = 60_000;
const jobsAtOnce = 50;
/** Small pages: entries that were added up are garbage, and a large heap would collect it late. */
const entriesAtOnce = 200;
/** More say nothing new of a ledger that does not add up. */
const maxDiscrepancies = 1_000;

/**
 * Recomputes an account's balance, holds, spending and usage from its ledger alone, and compares them with what is
 * stored, to the micro-unit. Every entry is also compared with the job it is about, as long as that is kept. Reads
 * only, entry by entry, and safe beside a running service: only the last minute of the ledger must be read while the
 * balance stands still, or all of it within one `snapshot` of a store that has such.
 *
 * @throws Error when the account changed during every try
 */
export async function auditAccount(items: Items, accountId: string): Promise<AccountAudit> {
  const discrepancies: Discrepancy[] = [];
  const check: Check = (what, expected, found) => {
    if (found === expected || discrepancies.length >= maxDiscrepancies) return;
    discrepancies.push({ accountId, what, expected, found: found === undefined ? "nothing" : (found as number) });
  };
  const tally = new LedgerTally(accountId, check);
  const jobs = new JobComparison(items, accountId, check);
  const add = async (entry: LedgerEntry) => {
    const settled = tally.add(entry);
    if (settled !== undefined) await jobs.compare(settled.jobId, settled.reserve, settled.settle);
  };

  let read: number | undefined;
  for (let tries = 0; tries < maxTries; tries++) {
    const until = Math.max(read ?? 0, Date.now() - settledAfterMs);
    for await (const entry of entriesOf(items, accountId, read, until)) await add(entry);
    read = until;
    const before = await items.get(balanceKey(accountId));
    const last: LedgerEntry[] = [];
    for await (const entry of entriesOf(items, accountId, read, undefined)) last.push(entry);
    const holds = await readHolds(items, accountId);
    const spending = await queryAll(items, { index: "main", partition: accountPartition(accountId), prefix: "SPEND#" });
    const rollups = await queryAll(items, {
      index: "main",
      partition: accountPartition(accountId),
      prefix: rollupPrefix,
    });
    const balance = await items.get(balanceKey(accountId));
    // Every movement of money counts on the balance: an unchanged version means that all of this belongs together.
    if (before?.version !== balance?.version) continue;
    for (const entry of last) await add(entry);
    tally.end();
    compareHolds(holds, tally.open, check);
    check("balance.available", tally.available, balance?.data.available ?? 0);
    check("balance.held", tally.held, balance?.data.held ?? 0);
    check("balance.open", tally.open.size, balance?.data.open ?? 0);
    compareSpending(spending, tally, check);
    compareRollups(rollups, tally, check);
    for (const [jobId, reserve] of tally.open) await jobs.compare(jobId, reserve, undefined);
    await jobs.end();
    const { entries, available, held } = tally;
    return { accountId, entries, holds: holds.size, available, held, discrepancies };
  }
  throw new Error(`account ${accountId} changed during ${maxTries} audits in a row; try again when it is quieter`);
}

/** @param from - milliseconds since the epoch, inclusive; @param to - exclusive */
async function* entriesOf(
  items: Items,
  accountId: string,
  from: number | undefined,
  to: number | undefined,
): AsyncGenerator<LedgerEntry, void> {
  const at = (ms: number) => ledgerPrefix + new Date(ms).toISOString();
  const range = {
    index: "main",
    partition: accountPartition(accountId),
    from: from === undefined ? ledgerPrefix : at(from),
    to: to === undefined ? `${ledgerPrefix}~` : at(to),
  } as const;
  for await (const item of queryEach(items, range, entriesAtOnce)) yield ledgerEntry.read(item);
}

async function readHolds(items: Items, accountId: string): Promise<Map<string, unknown>> {
  const holds = new Map<string, unknown>();
  const query = { index: "main", partition: accountPartition(accountId), prefix: holdPrefix } as const;
  for await (const { data } of queryEach(items, query)) holds.set(String(data.jobId), data.amount);
  return holds;
}

function compareHolds(holds: ReadonlyMap<string, unknown>, open: ReadonlyMap<string, OpenReserve>, check: Check): void {
  for (const [jobId, { held }] of open) check(`hold of ${jobId}`, held, holds.get(jobId));
  for (const [jobId, amount] of holds) if (!open.has(jobId)) check(`hold of ${jobId}`, "nothing", amount);
}

function compareSpending(spending: readonly Item[], { spent, open }: LedgerTally, check: Check): void {
  const openOf = new Map<string, number>();
  for (const { keyId = "" } of open.values()) openOf.set(keyId, (openOf.get(keyId) ?? 0) + 1);
  const left = new Map(spent);
  for (const { sk, data } of spending) {
    const whose = sk.slice("SPEND#".length);
    for (const [month, amount] of Object.entries(data)) {
      if (month === "open") check(`open of ${whose}`, openOf.get(whose) ?? 0, amount);
      else {
        // Stored negated; 0 − x and not −x, which would make a −0 of 0.
        check(`spending of ${whose} in ${month}`, left.get(`${whose} ${month}`) ?? 0, 0 - Number(amount));
        left.delete(`${whose} ${month}`);
      }
    }
  }
  for (const [key, amount] of left) check(`spending of ${key.replace(" ", " in ")}`, amount, undefined);
}

/** The ledger says of each settlement whether it is in a roll-up: those of earlier versions are not. */
function compareRollups(rows: readonly Item[], { rollups }: LedgerTally, check: Check): void {
  const left = new Map(rollups);
  for (const { sk, data } of rows) {
    for (const [name, sum] of Object.entries(left.get(sk) ?? noUsage)) check(`${name} of ${sk}`, sum, data[name]);
    left.delete(sk);
  }
  for (const [sk, { jobs }] of left) check(`jobs of ${sk}`, jobs, undefined);
}

/**
 * Compares jobs that are still kept with their entries: jobs are dropped some time after their end, the ledger never
 * is.
 */
class JobComparison {
  readonly #items: Items;
  readonly #accountId: string;
  readonly #check: Check;
  #underWay: Promise<void>[] = [];

  constructor(items: Items, accountId: string, check: Check) {
    this.#items = items;
    this.#accountId = accountId;
    this.#check = check;
  }

  async compare(jobId: string, reserve: OpenReserve, settle: LedgerEntry | undefined): Promise<void> {
    this.#underWay.push(this.#compare(jobId, reserve, settle));
    if (this.#underWay.length >= jobsAtOnce) await this.end();
  }

  async end(): Promise<void> {
    await Promise.all(this.#underWay.splice(0));
  }

  async #compare(jobId: string, reserve: OpenReserve, settle: LedgerEntry | undefined): Promise<void> {
    const item = await this.#items.get(jobKey(jobId));
    if (item === undefined) return;
    const { job } = toStored(item);
    const isOver = terminalStatuses.has(job.status);
    // Settled since the ledger was read: its hold went in the same transaction.
    const isNews = settle === undefined && isOver && !(await this.#items.get(holdKey(this.#accountId, jobId)));
    if (!isNews) compareJob(job, reserve, settle, this.#check);
  }
}

function compareJob(job: Job, reserve: OpenReserve, settle: LedgerEntry | undefined, check: Check): void {
  const { id, price, status, charged } = job;
  check(`price of ${id}`, reserve.held, price?.amount ?? 0);
  check(
    `settlement of ${id}, which is ${status}`,
    terminalStatuses.has(status) ? "made" : "none",
    settle ? "made" : "none",
  );
  if (settle === undefined) return;
  check(`status in the settlement of ${id}`, status, settle.usage?.status);
  check(`charged of ${id}`, settle.usage?.charged ?? 0, charged);
  if (status === "succeeded") check(`charge of ${id}, which succeeded`, price?.amount ?? 0, charged);
  if (status === "expired") check(`charge of ${id}, which ${status}`, 0, charged);
}
