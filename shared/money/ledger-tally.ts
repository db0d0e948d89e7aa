import type { LedgerEntry } from "./ledger.ts";
import {
  addedUsage,
  dayOf,
  type LedgerUsage,
  noUsage,
  rollupSortKey,
  sumsOf,
  type UsageSums,
} from "./usage-rollups.ts";

/** Notes a difference when `found` is not `expected`. */
export type Check = (what: string, expected: number | string, found: unknown) => void;

/** What a reservation that is not settled yet set aside. */
export type OpenReserve = Pick<LedgerEntry, "held" | "keyId" | "month">;

/** A reservation and the entry that ended it. */
export interface SettledJob {
  readonly jobId: string;
  readonly reserve: OpenReserve;
  readonly settle: LedgerEntry;
}

/**
 * The sums of a ledger, entry by entry: of those that belong together only what is still open is kept, and the ids of
 * jobs that are settled, so that a ledger of any length takes little memory.
 */
export class LedgerTally {
  available = 0;
  held = 0;
  entries = 0;
  /** Spent and held, by `account MONTH` and `KEY_ID MONTH`. */
  readonly spent = new Map<string, number>();
  readonly open = new Map<string, OpenReserve>();
  /** Sums over the settlements that name a roll-up, by the sort key of the roll-up. */
  readonly rollups = new Map<string, UsageSums>();
  /** Settlements whose reservation was not read yet: clocks of two machines differ. */
  readonly #early = new Map<string, LedgerEntry>();
  readonly #settled = new Set<string>();
  readonly #accountId: string;
  readonly #check: Check;

  constructor(accountId: string, check: Check) {
    this.#accountId = accountId;
    this.#check = check;
  }

  /** @returns the job that this entry completes */
  add(entry: LedgerEntry): SettledJob | undefined {
    const check = this.#check;
    this.entries++;
    this.available += entry.available;
    this.held += entry.held;
    check(`account of ${entry.id}`, this.#accountId, entry.accountId);
    if (!Number.isSafeInteger(entry.available) || !Number.isSafeInteger(entry.held)) {
      check(`amounts of ${entry.id}`, "whole micro-units", `${entry.available} and ${entry.held}`);
    }
    if (entry.kind === "credit") {
      check(`held of ${entry.id}`, 0, entry.held);
      return undefined;
    }
    this.#count(`account ${entry.month}`, -entry.available);
    this.#count(`${entry.keyId} ${entry.month}`, -entry.available);
    const jobId = entry.jobId ?? "no job";
    if (entry.rolledUp && entry.usage) this.#rollUp(entry, entry.usage);
    return entry.kind === "reserve" ? this.#reserve(jobId, entry) : this.#settle(jobId, entry);
  }

  /** Once every entry was added: settlements without a reservation. */
  end(): void {
    for (const jobId of this.#early.keys()) this.#check(`reserve of ${jobId}`, 1, 0);
  }

  #reserve(jobId: string, entry: LedgerEntry): SettledJob | undefined {
    if (this.open.has(jobId) || this.#settled.has(jobId)) this.#check(`reserve entries of ${jobId}`, 1, 2);
    this.#check(`reserve of ${jobId}`, -entry.available, entry.held);
    const { held, keyId, month } = entry;
    const settle = this.#early.get(jobId);
    if (settle !== undefined) return this.#pair(jobId, { held, keyId, month }, settle);
    this.open.set(jobId, { held, keyId, month });
    return undefined;
  }

  #settle(jobId: string, entry: LedgerEntry): SettledJob | undefined {
    if (this.#settled.has(jobId) || this.#early.has(jobId)) {
      this.#check(`settle entries of ${jobId}`, 1, 2);
      return undefined;
    }
    const reserve = this.open.get(jobId);
    if (reserve === undefined) this.#early.set(jobId, entry);
    return reserve && this.#pair(jobId, reserve, entry);
  }

  #pair(jobId: string, reserve: OpenReserve, settle: LedgerEntry): SettledJob {
    const check = this.#check;
    this.open.delete(jobId);
    this.#early.delete(jobId);
    this.#settled.add(jobId);
    check(`hold that the settlement of ${jobId} ends`, -reserve.held, settle.held);
    check(`charge of ${jobId}`, reserve.held - settle.available, settle.usage?.charged);
    if (settle.available < 0 || settle.available > reserve.held) {
      check(`refund of ${jobId}`, `0 to ${reserve.held}`, settle.available);
    }
    check(`key of the settlement of ${jobId}`, reserve.keyId ?? "", settle.keyId);
    check(`month of the settlement of ${jobId}`, reserve.month ?? "", settle.month);
    return { jobId, reserve, settle };
  }

  #rollUp({ at, keyId = "" }: LedgerEntry, usage: LedgerUsage): void {
    const key = rollupSortKey({ day: dayOf(at), keyId, model: usage.model });
    this.rollups.set(key, addedUsage(this.rollups.get(key) ?? noUsage, sumsOf(usage)));
  }

  #count(key: string, amount: number): void {
    this.spent.set(key, (this.spent.get(key) ?? 0) + amount);
  }
}
