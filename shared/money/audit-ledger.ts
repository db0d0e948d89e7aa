import { type Job, terminalStatuses } from "../job.ts";
import { toStored } from "../jobs/job-records.ts";
import type { Item, Items } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import { accountPartition, balanceKey, holdPrefix, type LedgerEntry, ledgerEntry, ledgerPrefix } from "./ledger.ts";

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
  readonly discrepancies: readonly Discrepancy[];
}

/** Reads of one account that changed meanwhile before the audit gives up on it. */
const maxTries = 50;

/**
 * Recomputes an account's balance, holds and spending from its ledger alone, and compares them with what is stored, to
 * the micro-unit. Every entry is also compared with the job it is about, as long as that is kept. Reads only; safe
 * beside a running service.
 *
 * @throws Error when the account changed during every try
 */
export async function auditAccount(items: Items, accountId: string): Promise<AccountAudit> {
  for (let tries = 0; tries < maxTries; tries++) {
    const before = await items.get(balanceKey(accountId));
    const ledger = (await all(items, accountId, ledgerPrefix)).map(ledgerEntry.read);
    const holds = await all(items, accountId, holdPrefix);
    const spending = await all(items, accountId, "SPEND#");
    const jobs = await jobsOf(items, ledger);
    const after = await items.get(balanceKey(accountId));
    // Every movement of money counts on the balance: an unchanged version means that all of this belongs together.
    if (before?.version !== after?.version) continue;
    const { discrepancies, available, held } = compare({ accountId, ledger, holds, spending, jobs, balance: after });
    return { accountId, entries: ledger.length, holds: holds.length, available, held, discrepancies };
  }
  throw new Error(`account ${accountId} changed during ${maxTries} audits in a row; try again when it is quieter`);
}

interface Books {
  readonly accountId: string;
  readonly ledger: readonly LedgerEntry[];
  readonly holds: readonly Item[];
  readonly spending: readonly Item[];
  readonly jobs: ReadonlyMap<string, Job>;
  readonly balance: Item | undefined;
}

function compare({ accountId, ledger, holds, spending, jobs, balance }: Books) {
  const discrepancies: Discrepancy[] = [];
  const check = (what: string, expected: number | string, found: unknown) => {
    if (found !== expected) {
      discrepancies.push({ accountId, what, expected, found: found === undefined ? "nothing" : (found as number) });
    }
  };

  const reserves = new Map<string, LedgerEntry>();
  const settles = new Map<string, LedgerEntry>();
  const spent = new Map<string, number>();
  const count = (key: string, amount: number) => spent.set(key, (spent.get(key) ?? 0) + amount);
  let available = 0;
  let held = 0;
  for (const entry of ledger) {
    available += entry.available;
    held += entry.held;
    check(`account of ${entry.id}`, accountId, entry.accountId);
    if (!Number.isSafeInteger(entry.available) || !Number.isSafeInteger(entry.held)) {
      check(`amounts of ${entry.id}`, "whole micro-units", `${entry.available} and ${entry.held}`);
    }
    if (entry.kind === "credit") {
      check(`held of ${entry.id}`, 0, entry.held);
      continue;
    }
    const known = entry.kind === "reserve" ? reserves : settles;
    const jobId = entry.jobId ?? "no job";
    if (known.has(jobId)) check(`${entry.kind} entries of ${jobId}`, 1, 2);
    known.set(jobId, entry);
    count(`account ${entry.month}`, -entry.available);
    count(`${entry.keyId} ${entry.month}`, -entry.available);
  }

  for (const [jobId, reserve] of reserves) {
    check(`reserve of ${jobId}`, -reserve.available, reserve.held);
    const settle = settles.get(jobId);
    if (settle === undefined) continue;
    check(`hold that the settlement of ${jobId} ends`, -reserve.held, settle.held);
    check(`charge of ${jobId}`, reserve.held - settle.available, settle.usage?.charged);
    if (settle.available < 0 || settle.available > reserve.held) {
      check(`refund of ${jobId}`, `0 to ${reserve.held}`, settle.available);
    }
    check(`key of the settlement of ${jobId}`, reserve.keyId ?? "", settle.keyId);
    check(`month of the settlement of ${jobId}`, reserve.month ?? "", settle.month);
  }
  for (const jobId of settles.keys()) if (!reserves.has(jobId)) check(`reserve of ${jobId}`, 1, 0);

  const open = [...reserves.values()].filter(({ jobId }) => !settles.has(jobId!));
  const holdOf = new Map(holds.map(({ data }) => [String(data.jobId), data]));
  for (const { jobId, held: amount } of open) check(`hold of ${jobId}`, amount, holdOf.get(jobId!)?.amount);
  const isOpen = new Set(open.map(({ jobId }) => jobId));
  for (const [jobId, { amount }] of holdOf) {
    if (!isOpen.has(jobId)) check(`hold of ${jobId}`, "nothing", amount as number);
  }

  check("balance.available", available, balance?.data.available ?? 0);
  check("balance.held", held, balance?.data.held ?? 0);
  check("balance.open", open.length, balance?.data.open ?? 0);
  compareSpending(spending, spent, open, check);
  for (const job of jobs.values()) compareJob(job, reserves.get(job.id), settles.get(job.id), check);
  return { discrepancies, available, held };
}

type Check = (what: string, expected: number | string, found: unknown) => void;

function compareSpending(
  spending: readonly Item[],
  spent: Map<string, number>,
  open: readonly LedgerEntry[],
  check: Check,
): void {
  for (const { sk, data } of spending) {
    const whose = sk.slice("SPEND#".length);
    for (const [month, amount] of Object.entries(data)) {
      if (month === "open") check(`open of ${whose}`, open.filter(({ keyId }) => keyId === whose).length, amount);
      else {
        // Stored negated; 0 − x and not −x, which would make a −0 of 0.
        check(`spending of ${whose} in ${month}`, spent.get(`${whose} ${month}`) ?? 0, 0 - Number(amount));
        spent.delete(`${whose} ${month}`);
      }
    }
  }
  for (const [key, amount] of spent) check(`spending of ${key.replace(" ", " in ")}`, amount, undefined);
}

function compareJob(job: Job, reserve: LedgerEntry | undefined, settle: LedgerEntry | undefined, check: Check): void {
  const { id, price, status, charged } = job;
  check(`price of ${id}`, reserve?.held ?? 0, price?.amount ?? 0);
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

/** Jobs that are still kept: they are dropped some time after their end, the ledger never is. */
async function jobsOf(items: Items, ledger: readonly LedgerEntry[]): Promise<Map<string, Job>> {
  const jobs = new Map<string, Job>();
  const ids = [...new Set(ledger.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId])))];
  for (let first = 0; first < ids.length; first += 50) {
    const found = await Promise.all(
      ids.slice(first, first + 50).map((id) => items.get({ pk: `JOB#${id}`, sk: "META" })),
    );
    for (const item of found) if (item) jobs.set(item.pk.slice(4), toStored(item).job);
  }
  return jobs;
}

function all(items: Items, accountId: string, prefix: string): Promise<Item[]> {
  return queryAll(items, { index: "main", partition: accountPartition(accountId), prefix });
}
